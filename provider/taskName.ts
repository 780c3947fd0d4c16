// The default name of a task: stable, unique in a stack, and inside the pattern of names.
import {createHash} from 'node:crypto';

const lengthMax = 63;
const hashLength = 8;

/** `${project}-${stack}-${resource}` in lower case, other characters as `-`; a longer one is cut and ends in a hash of the whole. */
export function defaultTaskName(project: string, stack: string, resource: string): string {
  const whole = `${project}-${stack}-${resource}`;
  const plain = whole
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .replace(/-+$/, '')
    .replace(/^(?=\d|$)/, 't-');
  if (plain.length <= lengthMax) return plain;
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, hashLength);
  return `${plain.slice(0, lengthMax - hashLength - 1).replace(/-+$/, '')}-${hash}`;
}
