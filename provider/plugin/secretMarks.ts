// Secret marks of the engine's wire: a secret value travels as an object with a signature key. The core works on plain values,
// so marks are taken off on the way in and put back, path by path, on the way out.
// Signatures: sdk/go/common/resource/sig in pulumi/pulumi; the key names the kind of a value, its text says secret.
import {secretInputs, type Properties} from '../inputs.ts';

const signatureKey = '4dabf18193072939515e22adb298388d';
const secretSignature = '1b47061264138c4ac30d75fd1eb44270';

/** `value` as the engine knows secrets. */
export function secret(value: unknown): Record<string, unknown> {
  return {[signatureKey]: secretSignature, value};
}

/** The plain value below all marks. */
export function unwrap(value: unknown): unknown {
  if (isSecret(value)) return unwrap(value.value);
  if (Array.isArray(value)) return value.map(unwrap);
  return isRecord(value) ? mapValues(value, unwrap) : value;
}

/** `plain` with the marks that `marked` has at the same paths; and every input that is a secret by nature, marked or not. */
export function rewrap(plain: Properties, marked: unknown): Properties {
  const wrapped = rewrapAt(plain, marked) as Properties;
  for (const key of secretInputs)
    if (wrapped[key] !== undefined && !isSecret(wrapped[key])) wrapped[key] = secret(wrapped[key]);
  return wrapped;
}

function rewrapAt(plain: unknown, marked: unknown): unknown {
  if (isSecret(marked)) return secret(plain);
  if (Array.isArray(plain) && Array.isArray(marked))
    return plain.map((inner, i) => rewrapAt(inner, marked[i]));
  if (isRecord(plain) && isRecord(marked))
    return mapValues(plain, (inner, key) => rewrapAt(inner, marked[key]));
  return plain;
}

function isSecret(value: unknown): value is {value: unknown} {
  return isRecord(value) && value[signatureKey] === secretSignature;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapValues(
  record: Record<string, unknown>,
  change: (value: unknown, key: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, change(value, key)]),
  );
}
