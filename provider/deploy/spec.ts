// Where a runtime runs, as users write it in `deploy`. Strict: the task itself keeps these keys loose, since a task file carries
// them without effect.
import {isAbsolute} from 'node:path';
import {z} from 'zod';
import {finding, type Finding} from '../../runtime/base/errors.ts';
import {formatPath} from '../../runtime/spec/parse.ts';

const processSpec = z.strictObject({
  kind: z.literal('process').default('process'),
  stateDir: z.string().refine(isAbsolute, {message: 'must be an absolute path'}).optional().meta({
    description: 'Folder of checkpoint, spool and logs. Default: in the user’s state folder.',
  }),
  statusPort: z
    .int()
    .min(0)
    .max(65535)
    .default(0)
    .meta({description: 'Loopback port of status and control; 0 picks a free one and keeps it.'}),
});

const noneSpec = z.strictObject({
  kind: z.literal('none').meta({description: 'Nothing is deployed; the task is only described.'}),
});

/** Every kind of `deploy`, for those who describe it. */
export const deploySpecs = z.union([processSpec, noneSpec]);

/** `deploy` after parsing. */
export type DeploySpec = z.infer<typeof deploySpecs>;

export type ParsedDeploy = {deploy: DeploySpec; findings: []} | {deploy: null; findings: Finding[]};

/** Parses `deploy`. Findings SYNC1001, SYNC1002 name paths; SYNC7003 a kind that is not available yet. */
export function parseDeploy(input: unknown): ParsedDeploy {
  const kind = (input as {kind?: unknown} | undefined)?.kind ?? 'process';
  if (kind === 'docker' || kind === 'kubernetes')
    return {deploy: null, findings: [finding('SYNC7003', {kind}, {where: 'deploy.kind'})]};
  const result = (kind === 'none' ? noneSpec : processSpec).safeParse(input ?? {});
  if (result.success) return {deploy: result.data, findings: []};
  return {deploy: null, findings: result.error.issues.flatMap(issueFindings)};
}

function issueFindings(issue: z.core.$ZodIssue): Finding[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => {
      const path = formatPath(['deploy', ...issue.path, key]);
      return finding('SYNC1002', {path}, {where: path});
    });
  const path = formatPath(['deploy', ...issue.path]);
  const problem = issue.message.replace(/^Invalid input: /, '');
  return [finding('SYNC1001', {path, problem}, {where: path})];
}
