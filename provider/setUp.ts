// Whether the wait for a deployed task is over: its target tables are set up, or it will not get there by itself.
import {finding, type Finding} from '../runtime/base/errors.ts';
import type {Deployed} from './deploy/deployer.ts';

/** States of a runtime whose target tables are set up. */
export const upStates: readonly string[] = ['loading', 'following', 'done'];

const downStates: readonly string[] = ['failed', 'dead', 'stopped'];
/** Failed starts in a row after which the wait ends: trouble may pass, but whoever runs `pulumi up` is told. */
const crashesShown = 3;

/** Why the wait is over without success; empty while it is not. `lateMinutes`: the bound of the wait once it is reached, else null. */
export function reasonsAgainst(deployed: Deployed, lateMinutes: number | null): Finding[] {
  const {state, status, last, crashes, place, log} = deployed;
  const isStuck = state === 'restarting' && crashes >= crashesShown && status !== null;
  if (isStuck || downStates.includes(state)) {
    const errors = (status?.findings ?? []).filter(({severity}) => severity === 'error');
    if (status?.error) errors.unshift(status.error);
    const unique = [...new Map(errors.map(found => [JSON.stringify(found), found])).values()];
    return unique.length > 0 ? unique : [finding('SYNC7006', {place, last, log})];
  }
  if (lateMinutes === null) return [];
  return [finding('SYNC7009', {place, log, state, minutes: lateMinutes})];
}
