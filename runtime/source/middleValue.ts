// A guess for a value between two key values, as text of `literal.ts`. Only a guess: the server compares it, and whoever
// asks looks at what the server makes of it. Numbers, moments and bytes are halved exactly, text by its first letters.
import type {ValueKind} from './literal.ts';

/** Highest letter that keys usually hold. */
const letterMax = 0x7e;
const letterMin = 0x20;
const microsPerSecond = 1_000_000n;

/** A value not below `from` and below `to`, whichever way the column runs; null when none can be told. */
export function middleValue(
  kind: ValueKind,
  charset: string | null,
  from: string,
  to: string,
): string | null {
  if (kind === 'number') return middleNumber(from, to);
  if (kind === 'bytes') return middleBytes(from, to);
  if (kind === 'time') return middleTime(from, to);
  return middleText(charset, from, to);
}

function middleNumber(from: string, to: string): string | null {
  const scale = Math.max(scaleOf(from), scaleOf(to));
  return formatScaled(half(scaled(from, scale), scaled(to, scale)), scale);
}

/** Half-way, rounded so that it is never `to`. */
function half(from: bigint, to: bigint): bigint {
  return from + (to - from) / 2n;
}

function scaleOf(text: string): number {
  const point = text.indexOf('.');
  return point === -1 ? 0 : text.length - point - 1;
}

function scaled(text: string, scale: number): bigint {
  return BigInt(text.replace('.', '')) * 10n ** BigInt(scale - scaleOf(text));
}

function formatScaled(value: bigint, scale: number): string {
  if (scale === 0) return String(value);
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Hexadecimal digits, shorter values going on with zeros, one byte finer than the longer one. */
function middleBytes(from: string, to: string): string {
  const digits = Math.max(from.length, to.length) + 2;
  const number = (hex: string) => BigInt(`0x0${hex.padEnd(digits, '0')}`);
  return half(number(from), number(to)).toString(16).toUpperCase().padStart(digits, '0');
}

/** Dates and moments by their microseconds in the proleptic calendar, times of day by theirs; zero dates by neither. */
function middleTime(from: string, to: string): string | null {
  const clock = /^(-?)(\d+):(\d\d):(\d\d)(?:\.(\d+))?$/;
  if (clock.test(from) && clock.test(to)) return middleClock(from, to, clock);
  const [first, last] = [microsOf(from), microsOf(to)];
  if (first === null || last === null) return null;
  const middle = half(first, last);
  const micros = ((middle % microsPerSecond) + microsPerSecond) % microsPerSecond;
  const seconds = (middle - micros) / microsPerSecond;
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  if (from.length === 10) return text.slice(0, 10);
  const fraction = from.split('.')[1]?.length ?? 0;
  return fraction === 0 ? text : `${text}.${String(micros).padStart(6, '0').slice(0, fraction)}`;
}

/** Days that no calendar has count as the next one before them; the year 0 as the year 1. */
function microsOf(text: string): bigint | null {
  const [date, time = '00:00:00'] = text.split(' ');
  const [year = 0, month = 0, day = 0] = date!.split('-').map(Number);
  const [clock, fraction = ''] = time.split('.');
  const [hours = 0, minutes = 0, seconds = 0] = clock!.split(':').map(Number);
  const moment = new Date(0);
  moment.setUTCFullYear(Math.max(1, year), Math.max(1, month) - 1, Math.max(1, day));
  moment.setUTCHours(hours, minutes, seconds);
  if (Number.isNaN(moment.getTime())) return null;
  return BigInt(moment.getTime()) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
}

function middleClock(from: string, to: string, clock: RegExp): string {
  const micros = (text: string): bigint => {
    const [, sign, hours, minutes, seconds, fraction = ''] = clock.exec(text)!;
    const whole = (BigInt(hours!) * 60n + BigInt(minutes!)) * 60n + BigInt(seconds!);
    const value = whole * microsPerSecond + BigInt(fraction.padEnd(6, '0').slice(0, 6));
    return sign === '-' ? -value : value;
  };
  const middle = half(micros(from), micros(to));
  const size = (middle < 0n ? -middle : middle) / microsPerSecond;
  const two = (value: bigint) => String(value).padStart(2, '0');
  const text = `${two(size / 3600n)}:${two((size / 60n) % 60n)}:${two(size % 60n)}`;
  return middle < 0n ? `-${text}` : text;
}

/** Encodings whose texts can be taken apart here, as TextDecoder and Buffer name them. */
const encodings: Readonly<Record<string, BufferEncoding>> = {
  utf8mb4: 'utf8',
  utf8mb3: 'utf8',
  utf8: 'utf8',
  ascii: 'latin1',
  latin1: 'latin1',
};

function middleText(charset: string | null, fromHex: string, toHex: string): string | null {
  const encoding = encodings[charset ?? ''];
  if (encoding === undefined) return null;
  // Most collations do not tell cases apart; in the others this guess is only a little worse.
  const letters = (hex: string) => [...Buffer.from(hex, 'hex').toString(encoding).toLowerCase()];
  const [from, to] = [letters(fromHex), letters(toHex)];
  let at = 0;
  while (at < from.length && from[at] === to[at]) at++;
  const code = (list: string[], i: number, beyond: number) => list[i]?.codePointAt(0) ?? beyond;
  const [first, last] = [code(from, at, letterMin), code(to, at, letterMin)];
  const guess = from.slice(0, at);
  const middle = first + Math.trunc((last - first) / 2);
  if (middle !== first) guess.push(letter(middle));
  else {
    // Neighbours: half of what begins with the first one.
    guess.push(letter(first));
    const next = code(from, at + 1, letterMin);
    guess.push(letter(next + Math.max(1, Math.trunc((letterMax - next) / 2))));
  }
  return Buffer.from(guess.join(''), encoding).toString('hex').toUpperCase();
}

function letter(code: number): string {
  // Halves of surrogate pairs are no letters.
  return String.fromCodePoint(
    code >= 0xd800 && code <= 0xdfff ? 0xd7ff : Math.max(code, letterMin),
  );
}
