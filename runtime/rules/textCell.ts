// Text cells of row images against a constant: order by bytes, and LIKE.
import type {PatternStep} from './judgement.ts';

/** The order of the cell at `p` beside `value`; `padded`: the shorter one counts as filled up with spaces. */
export function compareText(value: Buffer, padded: boolean, lengthBytes: number) {
  return (input: Buffer, view: DataView, p: number): number => {
    const start = p + lengthBytes;
    const length = cellLength(view, p, lengthBytes);
    const shared = Math.min(length, value.length);
    for (let i = 0; i < shared; i++) {
      const difference = input[start + i]! - value[i]!;
      if (difference !== 0) return difference;
    }
    if (!padded || length === value.length) return length - value.length;
    for (let i = shared; i < length; i++)
      if (input[start + i] !== space) return input[start + i]! - space;
    for (let i = shared; i < value.length; i++) if (value[i] !== space) return space - value[i]!;
    return 0;
  };
}

/** Whether the cell at `p` matches the pattern; characters of UTF-8 are as long as their first byte says. */
export function likeText(steps: readonly PatternStep[], multiByte: boolean, lengthBytes: number) {
  return (input: Buffer, view: DataView, p: number): boolean => {
    const start = p + lengthBytes;
    const end = start + cellLength(view, p, lengthBytes);
    let [at, step] = [start, 0];
    // Where to go on when what follows the last % does not match: one character later.
    let [retryAt, retryStep] = [-1, -1];
    for (;;) {
      if (step === steps.length && at === end) return true;
      const wanted = steps[step];
      let next = -1;
      if (wanted === 'many') {
        retryAt = at;
        retryStep = ++step;
        continue;
      }
      if (wanted === 'one') next = at < end ? at + characterBytes(input[at]!, multiByte) : -1;
      else if (wanted !== undefined)
        next = standsAt(input, at, end, wanted) ? at + wanted.length : -1;
      if (next !== -1) {
        at = next;
        step++;
        continue;
      }
      if (retryStep === -1 || retryAt >= end) return false;
      retryAt += characterBytes(input[retryAt]!, multiByte);
      at = retryAt;
      step = retryStep;
    }
  };
}

const space = 0x20;

/** Bytes of the cell at `p`, after its length prefix. */
export function cellLength(view: DataView, p: number, lengthBytes: number): number {
  if (lengthBytes === 1) return view.getUint8(p);
  if (lengthBytes === 2) return view.getUint16(p, true);
  if (lengthBytes === 3) return view.getUint16(p, true) | (view.getUint8(p + 2) << 16);
  return view.getUint32(p, true);
}

function standsAt(input: Buffer, at: number, end: number, wanted: Buffer): boolean {
  if (end - at < wanted.length) return false;
  for (let i = 0; i < wanted.length; i++) if (input[at + i] !== wanted[i]) return false;
  return true;
}

function characterBytes(first: number, multiByte: boolean): number {
  if (!multiByte || first < 0xc0) return 1;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
