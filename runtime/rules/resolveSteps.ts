// The steps of a table's transforms as plain expressions over its source columns: a later step that reads a column set
// before reads what it was set to. So the order of transforms is gone before anything is typed.
import type {SourceTable} from '../codec/sourceTable.ts';
import type {Expression} from '../spec/expression.ts';
import {notSure, unreadable} from '../spec/expressionTokens.ts';
import {placed, type Step} from '../spec/transformSteps.ts';

/** One column that transforms set. */
export interface SetColumn {
  /** As the table has it; as the transform writes it for a new one. */
  name: string;
  value: Expression;
  /** Name of the key that its text is hashed with; null: it is not. */
  hash: string | null;
  /** Path of the last transform that set it. */
  path: string;
}

export interface ResolvedSteps {
  drops: {condition: Expression; path: string}[];
  sets: SetColumn[];
}

/** Parts of one expression after its columns were replaced: scripts that double at every step end here. */
const partsMax = 20_000;

/** The drops and columns of `steps`. Raises SYNC1101 or SYNC1103. */
export function resolveSteps(steps: readonly Step[], table: SourceTable): ResolvedSteps {
  const drops: ResolvedSteps['drops'] = [];
  const sets = new Map<string, SetColumn>();
  for (const step of steps)
    placed(step.path, () => {
      const now = (e: Expression) => substituted(e, sets);
      if (step.kind === 'drop') {
        drops.push({condition: now(step.condition), path: step.path});
        return;
      }
      const {path, hash} = step;
      const folded = step.column.toLowerCase();
      const own = table.columns.find(({name}) => name.toLowerCase() === folded);
      const name = own?.name ?? sets.get(folded)?.name ?? step.column;
      let value = now(step.value);
      if (step.guard !== null) {
        const {at} = step.guard;
        const before: Expression =
          own === undefined && !sets.has(folded) ? {kind: 'null', at} : {kind: 'column', name, at};
        const parts = [now(step.guard), value, now(before)];
        value = {kind: 'call', name: 'IF', detail: null, parts, at};
      }
      sets.set(folded, {name, value, hash, path});
    });
  return {drops, sets: [...sets.values()]};
}

function substituted(e: Expression, sets: ReadonlyMap<string, SetColumn>): Expression {
  if (sets.size === 0) return e;
  let parts = 0;
  const turn = (inner: Expression): Expression => {
    if (++parts > partsMax)
      throw unreadable(
        '',
        e.at,
        `it has over ${partsMax} parts once the steps before it are put in`,
      );
    switch (inner.kind) {
      case 'column': {
        const set = sets.get(inner.name.toLowerCase());
        if (set === undefined) return inner;
        if (set.hash !== null)
          throw notSure(
            `${inner.name}, which a transform before hashes,`,
            inner.at,
            'the server computes no keyed hash',
            'Hash the column in its last transform.',
          );
        parts += sizeOf(set.value);
        if (parts > partsMax) return turn(inner);
        return set.value;
      }
      case 'negate':
      case 'not':
      case 'is':
        return {...inner, operand: turn(inner.operand)};
      case 'like':
        return {...inner, operand: turn(inner.operand)};
      case 'arithmetic':
      case 'compare':
      case 'and':
      case 'or':
      case 'xor':
        return {...inner, left: turn(inner.left), right: turn(inner.right)};
      case 'in':
        return {...inner, operand: turn(inner.operand), list: inner.list.map(turn)};
      case 'between':
        return {
          ...inner,
          operand: turn(inner.operand),
          low: turn(inner.low),
          high: turn(inner.high),
        };
      case 'call':
        return {...inner, parts: inner.parts.map(turn)};
      default:
        return inner;
    }
  };
  return turn(e);
}

const sizes = new WeakMap<Expression, number>();

/** Parts of an expression. */
function sizeOf(e: Expression): number {
  const known = sizes.get(e);
  if (known !== undefined) return known;
  let size = 1;
  for (const inner of Object.values(e) as unknown[])
    for (const part of Array.isArray(inner) ? (inner as unknown[]) : [inner])
      if (typeof part === 'object' && part !== null) size += sizeOf(part as Expression);
  sizes.set(e, size);
  return size;
}
