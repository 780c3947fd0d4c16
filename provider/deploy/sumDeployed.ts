// The pods of one task, each with a share of its tables, as one deployed task: the state that is farthest from the goal, rows
// and rates added up, every table and finding. What belongs to one pod alone, a position for one, is told by that pod's page.
import type {Status, StatusPosition, TaskState} from '../../runtime/task/progress.ts';
import type {Deployed, DeployedState} from './deployer.ts';

/** From what needs help to what is well: the first of these that a share is in is that of the whole. */
const order: readonly DeployedState[] = [
  'dead',
  'failed',
  'not deployed',
  'stopped',
  'restarting',
  'starting',
  'stopping',
  'prechecking',
  'preparing',
  'loading',
  'following',
  'done',
];

/** One deployed task of its `shares`, of which there is at least one. */
export function sumDeployed(name: string, shares: readonly Deployed[]): Deployed {
  const [first, ...others] = shares;
  if (first === undefined || others.length === 0) return first!;
  const worst = shares.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))[0]!;
  const findings = shares.flatMap(share => share.findings);
  return {
    ...worst,
    // While a share does not answer, what the others say is not the status of the task.
    status: shares.every(({status}) => status !== null)
      ? sumStatus(
          name,
          shares.map(({status}) => status!),
        )
      : worst.status,
    crashes: Math.max(...shares.map(({crashes}) => crashes)),
    findings: [...new Map(findings.map(found => [JSON.stringify(found), found])).values()],
  };
}

function sumStatus(name: string, shares: readonly Status[]): Status {
  const sum = (pick: (status: Status) => number) =>
    shares.reduce((total, share) => total + pick(share), 0);
  const largest = (pick: (status: Status) => number | null): number | null => {
    const known = shares.map(pick).filter(value => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  };
  const states: readonly TaskState[] = shares.map(({state}) => state);
  const first = shares[0]!;
  const phases = ['schema', 'full', 'incremental'] as const;
  return {
    ...first,
    name,
    state: states.toSorted((a, b) => order.indexOf(a) - order.indexOf(b))[0]!,
    phase: phases.find(phase => shares.some(share => share.phase === phase))!,
    holds: shares.flatMap(({holds}) => holds),
    lagSeconds: shares.some(({lagSeconds}) => lagSeconds === null)
      ? null
      : largest(share => share.lagSeconds),
    latency: slowest(shares),
    position: commonPosition(shares),
    retention: shortest(shares),
    error: shares.find(({error}) => error !== null)?.error ?? null,
    findings: shares.flatMap(({findings}) => findings),
    tables: shares.flatMap(({tables}) => tables),
    rates: {
      rowsLoadedPerSecond: sum(({rates}) => rates.rowsLoadedPerSecond),
      rowsFollowedPerSecond: sum(({rates}) => rates.rowsFollowedPerSecond),
      bytesReadPerSecond: sum(({rates}) => rates.bytesReadPerSecond),
    },
    startedAt: shares.map(({startedAt}) => startedAt).toSorted()[0]!,
    loadEtaSeconds: largest(share => share.loadEtaSeconds),
  };
}

/** Sets that differ have no order that a text shows; a position is told where all agree on it. */
function commonPosition(shares: readonly Status[]): StatusPosition | null {
  const first = shares[0]!.position;
  const isCommon = shares.every(({position}) => position?.gtidSet === first?.gtidSet);
  return isCommon ? first : null;
}

function slowest(shares: readonly Status[]): Status['latency'] {
  const known = shares.map(({latency}) => latency).filter(latency => latency !== null);
  return known.toSorted((a, b) => b.p99Ms - a.p99Ms)[0] ?? null;
}

/** Of the share that is next to lose binlog that it needs. */
function shortest(shares: readonly Status[]): Status['retention'] {
  const known = shares.map(({retention}) => retention).filter(retention => retention !== null);
  const runway = (seconds: number | null) => seconds ?? Infinity;
  return known.toSorted((a, b) => runway(a.runwaySeconds) - runway(b.runwaySeconds))[0] ?? null;
}
