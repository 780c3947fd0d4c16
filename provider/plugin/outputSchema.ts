// The outputs of a task in the package schema: what lifecycle.ts tells back.
import type {Outputs} from '../inputs.ts';
import type {PulumiObject, PulumiProperty} from './schema.ts';

/** Adds the outputs' own types to `types` and returns one property an output. */
export function outputSchema(types: Record<string, PulumiObject>): Record<string, PulumiProperty> {
  const text = (description: string): PulumiProperty => ({type: 'string', description});
  types['synctask:index:Finding'] = {
    type: 'object',
    description: 'One precheck result or error of a task.',
    properties: {
      id: text('Id of the precheck.'),
      code: text('Code of the error catalogue.'),
      severity: text('error or warning.'),
      title: text('What it is about.'),
      where: text('Input path.'),
      object: text('Database object.'),
      observed: text('The observed value.'),
      cause: text('Why it is so.'),
      fix: text('What to do.'),
      more: text('Where to read on.'),
    },
    required: ['code', 'severity', 'title', 'cause', 'fix', 'more'],
  };
  types['synctask:index:PlannedTable'] = {
    type: 'object',
    description: 'How one table is made and mapped.',
    properties: {
      source: text('`database.table` in MySQL.'),
      statements: list(text('Statements that make the target tables.')),
      columns: list(text('Mapping of each column, with what it may lose.')),
      rowsEstimated: {type: 'number', description: 'Rows by the estimate of the server.'},
      bytesEstimated: {type: 'number', description: 'Bytes by the estimate of the server.'},
    },
    required: ['source', 'statements', 'columns', 'rowsEstimated', 'bytesEstimated'],
  };
  const outputs: Record<keyof Outputs, PulumiProperty> = {
    taskId: text('Name of the task, its identity where its runtime runs.'),
    stateDir: text('Folder of checkpoint and logs; none where nothing is deployed.'),
    statusUrl: text('Address of the status page; `/status` is its JSON.'),
    targetTables: list(text('Target tables that are there.')),
    findings: {
      type: 'array',
      items: {$ref: '#/types/synctask:index:Finding'},
      description: 'What prechecks and runtime found.',
    },
    state: text('loading, following, paused, done, failed, dead, …'),
    phase: text('schema, full or incremental.'),
    editPlan: text('What the last update did, one line an edit.'),
    plan: {
      type: 'array',
      items: {$ref: '#/types/synctask:index:PlannedTable'},
      description: 'How the tables are made and mapped; the first hundred.',
    },
  };
  return outputs;
}

function list({description, ...items}: PulumiProperty): PulumiProperty {
  return {type: 'array', items, ...(description === undefined ? {} : {description})};
}
