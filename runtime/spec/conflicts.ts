// Settings that do not fit each other. Reads what the user wrote, not the parsed task, so that these faults are told
// together with all others; where a value has the wrong kind, its own fault is told and nothing is said here.
import {isPattern} from './pattern.ts';

/** One fault, at the path of the setting to change. */
export interface Conflict {
  path: PropertyKey[];
  problem: string;
  fix: string | null;
}

type Json = Record<string, unknown>;

/** Every conflict in `input`. */
export function conflicts(input: unknown): Conflict[] {
  if (!isObject(input)) return [];
  return [
    ...credentials(input),
    ...tls(input),
    ...webhooks(input),
    ...heartbeat(input),
    ...phases(input),
    ...lifecycle(input),
    ...production(input),
    ...selections(input),
    ...additionalNames(input),
  ];
}

function* credentials(input: Json): Generator<Conflict> {
  const target = object(input['target']);
  if (target === null) return;
  const kind = target['credentials'] ?? 'access-key';
  const isGiven = (value: unknown) => value !== undefined && value !== null;
  if (kind === 'access-key') {
    if (!isGiven(target['accessKeyId']))
      yield {
        path: ['target', 'accessKeyId'],
        problem: "is needed with credentials 'access-key'",
        fix: 'Add target.accessKeyId, or choose another target.credentials.',
      };
    else if (!isGiven(input['targetAccessKeySecret']))
      yield {
        path: ['targetAccessKeySecret'],
        problem: 'is required with target.accessKeyId',
        fix: `Add targetAccessKeySecret: {"env": "NAME"}.`,
      };
  } else if (kind === 'environment' || kind === 'ram-role') {
    const why = `has no effect with credentials '${kind}'`;
    const fix = (path: string) => `Remove ${path}, or choose target.credentials 'access-key'.`;
    if (isGiven(target['accessKeyId']))
      yield {path: ['target', 'accessKeyId'], problem: why, fix: fix('target.accessKeyId')};
    for (const key of ['targetAccessKeySecret', 'targetSecurityToken'])
      if (isGiven(input[key])) yield {path: [key], problem: why, fix: fix(key)};
  }
}

function* production(input: Json): Generator<Conflict> {
  const onDelete = object(input['onDelete']);
  if (input['environment'] !== 'production' || onDelete?.['targetTables'] !== 'drop') return;
  if (onDelete['inProduction'] !== true)
    yield {
      path: ['onDelete', 'targetTables'],
      problem: "drops the tables of environment 'production' and is said once",
      fix: "Choose 'keep', or add onDelete.inProduction: true.",
    };
}

function* tls(input: Json): Generator<Conflict> {
  const settings = object(object(input['source'])?.['tls']) ?? {};
  const {mode, ca, certificate} = settings;
  const key = input['sourceTlsKey'];
  const at = (name: string) => ['source', 'tls', name];
  if (mode === 'disabled' && (ca ?? certificate ?? key ?? null) !== null)
    yield {
      path: at('mode'),
      problem: 'is disabled, and certificates are given',
      fix: "Write source.tls.mode: 'verify-identity', or remove the certificates.",
    };
  if ((certificate ?? null) !== null && (key ?? null) === null)
    yield {
      path: ['sourceTlsKey'],
      problem: 'is required with source.tls.certificate',
      fix: 'Add sourceTlsKey: {"env": "NAME"}.',
    };
  if ((key ?? null) !== null && (certificate ?? null) === null)
    yield {
      path: at('certificate'),
      problem: 'is required with sourceTlsKey',
      fix: 'Add source.tls.certificate, or remove sourceTlsKey.',
    };
}

function* webhooks(input: Json): Generator<Conflict> {
  const known = object(input['alertWebhooks']) ?? {};
  for (const [i, alert] of list(input['alerts']).entries()) {
    const name = object(alert)?.['webhook'];
    if (typeof name === 'string' && name !== '' && !Object.hasOwn(known, name))
      yield {
        path: ['alerts', i, 'webhook'],
        problem: 'names no entry of alertWebhooks',
        fix: `Add alertWebhooks.${name}, or name one of: ${Object.keys(known).join(', ') || 'none is given'}.`,
      };
  }
  for (const [name, value] of Object.entries(known))
    if (typeof value === 'string' && value !== '' && !/^https?:\/\/[^\s]+$/.test(value))
      yield {
        path: ['alertWebhooks', name],
        problem: 'must be an http:// or https:// address, or {"env": "NAME"}',
        fix: null,
      };
}

function* heartbeat(input: Json): Generator<Conflict> {
  const incremental = object(input['incremental']) ?? {};
  const isNamed = (incremental['heartbeatTable'] ?? null) !== null;
  if (incremental['heartbeat'] === true && !isNamed)
    yield {
      path: ['incremental', 'heartbeatTable'],
      problem: 'is required with incremental.heartbeat',
      fix: "Add incremental.heartbeatTable: 'database.table'; docs/from-dts.md has its CREATE TABLE.",
    };
  if (isNamed && (incremental['heartbeat'] ?? false) === false)
    yield {
      path: ['incremental', 'heartbeatTable'],
      problem: 'has no effect without incremental.heartbeat: true',
      fix: 'Add incremental.heartbeat: true, or remove the table.',
    };
}

function* lifecycle(input: Json): Generator<Conflict> {
  const {partitionBy, lifecycleDays} = object(input['log']) ?? {};
  if (Array.isArray(partitionBy) && partitionBy.length === 0 && (lifecycleDays ?? null) !== null)
    yield {
      path: ['log', 'lifecycleDays'],
      problem: 'would drop the whole `_log` table, which has no partitions',
      fix: 'Remove log.lifecycleDays, or partition by year, month and day.',
    };
}

/** A throttle of a phase that does not run would look as if it held something back. */
function* phases(input: Json): Generator<Conflict> {
  const chosen = input['phases'];
  if (!Array.isArray(chosen) || chosen.length === 0) return;
  for (const phase of ['full', 'incremental'])
    if (!chosen.includes(phase) && object(object(input[phase])?.['throttle']) !== null)
      yield {
        path: [phase, 'throttle'],
        problem: `belongs to the phase ${phase}, which phases leaves out`,
        fix: `Remove ${phase}.throttle, or add '${phase}' to phases.`,
      };
}

/** Plain names only: what patterns match is known at the source. */
function* selections(input: Json): Generator<Conflict> {
  const taken = new Map<string, string>();
  const targets = new Map<string, string>();
  for (const [i, entry] of list(input['objects']).entries()) {
    const {database, as, tables} = object(entry) ?? {};
    if (typeof database !== 'string' || isPattern(database)) continue;
    for (const [j, item] of (tables === undefined ? ['*'] : list(tables)).entries()) {
      const {name, as: own} = object(item) ?? {name: item, as: null};
      if (typeof name !== 'string' || name === '') continue;
      const path = ['objects', i, 'tables', j];
      const here = `objects[${i}].tables[${j}]`;
      const other = taken.get(`${database}.${name}`);
      if (other !== undefined) {
        const problem = `selects ${database}.${name}, which ${other} selects already`;
        yield {path, problem, fix: `Remove ${here} or ${other}.`};
        continue;
      }
      taken.set(`${database}.${name}`, here);
      if (isPattern(name)) continue;
      const parts = [as, typeof own === 'string' ? own : name].filter(p => typeof p === 'string');
      const target = parts.join('_').toLowerCase();
      const first = targets.get(target);
      if (first !== undefined)
        yield {
          path: typeof own === 'string' ? [...path, 'as'] : path,
          problem: `gives the target name ${target}, which ${first} has already`,
          fix: `Set another \`as\` at ${here}, or at objects[${i}].`,
        };
      targets.set(target, here);
    }
  }
}

/** Renamed columns must keep clear of the columns that `_log` has besides. */
function* additionalNames(input: Json): Generator<Conflict> {
  const rule = object(input['naming'])?.['additionalColumns'] ?? 'new';
  const previous = 'record_id operation_flag utc_timestamp before_flag after_flag'.split(' ');
  const names = new Set(rule === 'new' ? previous.map(name => `new_dts_sync_${name}`) : previous);
  for (const [i, entry] of list(input['objects']).entries())
    for (const [j, item] of list(object(entry)?.['tables']).entries()) {
      const rename = object(object(object(item)?.['columns'])?.['rename']) ?? {};
      for (const [column, to] of Object.entries(rename))
        if (typeof to === 'string' && names.has(to.toLowerCase()))
          yield {
            path: ['objects', i, 'tables', j, 'columns', 'rename', column],
            problem: 'is the name of an additional column of `_log`',
            fix: 'Rename it to another name, or choose the other naming.additionalColumns.',
          };
    }
}

function object(value: unknown): Json | null {
  return isObject(value) ? value : null;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
