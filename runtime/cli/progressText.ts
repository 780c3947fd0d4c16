// A status as text: one line, or a picture of a given size. Pure: the same status gives the same text.
import {styleText} from 'node:util';
import type {Status, TablePhase, TableProgress, TaskState} from '../task/progress.ts';

type Color = 'green' | 'blue' | 'yellow' | 'red' | 'gray' | 'bold';

const stateColors: Record<TaskState, Color> = {
  prechecking: 'blue',
  preparing: 'blue',
  loading: 'blue',
  following: 'green',
  stopping: 'yellow',
  stopped: 'gray',
  failed: 'red',
  done: 'green',
};

const tableColors: Record<TablePhase, Color> = {
  waiting: 'gray',
  loading: 'blue',
  loaded: 'green',
  following: 'green',
  left: 'gray',
  failed: 'red',
};

/** Tables that move stand first where not all can be shown. */
const tableOrder: readonly TablePhase[] = [
  'failed',
  'loading',
  'following',
  'loaded',
  'waiting',
  'left',
];

const barCells = 16;
const whole = new Intl.NumberFormat('en', {maximumFractionDigits: 0});

/** Everything of a status in one line. */
export function summaryLine(status: Status): string {
  const {rates} = status;
  const parts = [`${status.name} ${status.state}`];
  if (status.lagSeconds !== null) parts.push(`lag ${status.lagSeconds} s`);
  parts.push(
    `${tablesText(status.tables.length)}`,
    `${count(sum(status, 'rowsLoaded'))} rows loaded`,
    `${count(sum(status, 'rowsFollowed'))} followed`,
    ratesText(rates),
  );
  if (status.loadEtaSeconds !== null) parts.push(`${duration(status.loadEtaSeconds)} to go`);
  if (status.holds.length > 0) parts.push(`held: ${holdsText(status)}`);
  return parts.join(', ');
}

/** One line a table. */
export function tableLine(table: TableProgress): string {
  return `${nameOf(table)} ${stateText(table)}, ${loadedText(table)}, ${count(table.rowsFollowed)} followed, ${count(table.rowsFiltered)} filtered, ${count(table.rowsSetAside)} set aside`;
}

/** A table that is paused says so, with the age of what waits. */
function stateText({isPaused, state, lagSeconds}: TableProgress): string {
  return isPaused ? `${state} (paused, lag ${lagSeconds ?? 0} s)` : state;
}

/** An estimate is called one; while the table is loaded, with its rate and what is left. */
function loadedText(table: TableProgress): string {
  const {state, rowsLoaded, rowsEstimated, rowsPerSecond, etaSeconds} = table;
  const isWhole = state === 'loaded' || state === 'following';
  const loaded = `${count(rowsLoaded)} rows loaded${isWhole ? '' : ` of about ${count(rowsEstimated)}`}`;
  if (state !== 'loading') return loaded;
  const rate = `${loaded} (${bytesText(table.bytesLoaded)}), ${count(rowsPerSecond)} rows/s`;
  return etaSeconds === null ? rate : `${rate}, ${duration(etaSeconds)} to go`;
}

export interface PictureSize {
  columns: number;
  /** Lines at most. */
  rows: number;
  color: boolean;
}

/** Lines of the picture: heading, figures, tables as far as they fit, holds. */
export function picture(status: Status, size: PictureSize): string[] {
  const paint = (color: Color, text: string): string =>
    size.color ? styleText(color, text, {validateStream: false}) : text;
  const environment = status.environment === 'default' ? '' : `  ${status.environment}`;
  const head = [
    `${paint('bold', status.name)}  ${paint(stateColors[status.state], status.state)}${paint('gray', environment)}`,
    figuresLine(status),
  ];
  const foot = status.holds.length === 0 ? [] : [paint('yellow', `held: ${holdsText(status)}`)];
  // Two lines around the table: its heading, and the count of those that do not fit.
  const room = Math.max(1, size.rows - head.length - foot.length - 2);
  const tables = tableLines(status.tables, room, size.columns, paint);
  return [...head, ...tables, ...foot];
}

function figuresLine(status: Status): string {
  const lag = status.lagSeconds === null ? '–' : `${status.lagSeconds} s`;
  const eta = status.loadEtaSeconds === null ? '' : `   ETA ${duration(status.loadEtaSeconds)}`;
  return `lag ${lag}   loaded ${count(sum(status, 'rowsLoaded'))}   followed ${count(sum(status, 'rowsFollowed'))}   ${ratesText(status.rates)}${eta}`;
}

function tableLines(
  tables: readonly TableProgress[],
  room: number,
  columns: number,
  paint: (color: Color, text: string) => string,
): string[] {
  if (tables.length === 0) return [];
  const shown = tables
    .toSorted((a, b) => tableOrder.indexOf(a.state) - tableOrder.indexOf(b.state))
    .slice(0, room)
    .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const numbers = (table: TableProgress): string[] => [
    count(table.rowsLoaded),
    count(table.rowsFollowed),
    count(table.rowsSetAside),
  ];
  const titles = ['LOADED', 'FOLLOWED', 'SET ASIDE'];
  const widths = titles.map((title, i) =>
    Math.max(title.length, ...shown.map(table => numbers(table)[i]!.length)),
  );
  const fixed = 2 + 9 + 2 + barCells + 5 + widths.reduce((total, width) => total + width + 2, 0);
  const longest = Math.max(5, ...shown.map(table => nameOf(table).length));
  const nameWidth = Math.max(12, Math.min(longest, columns - fixed));
  const cells = (texts: string[]) =>
    texts.map((text, i) => `  ${text.padStart(widths[i]!)}`).join('');
  const heading = `${'TABLE'.padEnd(nameWidth)}  ${'STATE'.padEnd(9)}  ${'FULL LOAD'.padEnd(barCells + 5)}${cells(titles)}`;
  const lines = shown.map(table => {
    const state = paint(tableColors[table.state], table.state.padEnd(9));
    return `${fit(nameOf(table), nameWidth)}  ${state}  ${barText(table, paint)}${cells(numbers(table))}`;
  });
  const more = tables.length - shown.length;
  const rest = more === 0 ? [] : [paint('gray', `and ${tablesText(more)} more`)];
  return [paint('gray', heading), ...lines, ...rest];
}

function barText(table: TableProgress, paint: (color: Color, text: string) => string): string {
  const share = loadShare(table);
  const filled = Math.floor(share * barCells);
  const bar =
    paint(share === 1 ? 'green' : 'blue', '█'.repeat(filled)) +
    paint('gray', '░'.repeat(barCells - filled));
  return `${bar} ${`${Math.floor(share * 100)}%`.padStart(4)}`;
}

/** The estimate may be too low: a table is full only when it says so itself. */
function loadShare(table: TableProgress): number {
  if (table.state === 'loaded' || table.state === 'following') return 1;
  return table.rowsEstimated === 0 ? 0 : Math.min(0.99, table.rowsLoaded / table.rowsEstimated);
}

function ratesText(rates: Status['rates']): string {
  const rows = rates.rowsLoadedPerSecond + rates.rowsFollowedPerSecond;
  return `${count(rows)} rows/s, ${(rates.bytesReadPerSecond / 1024 ** 2).toFixed(1)} MiB/s`;
}

function holdsText(status: Status): string {
  return status.holds
    .map(({reason, ...details}) => {
      const more = Object.entries(details).map(([key, value]) => `${key} ${value}`);
      return more.length === 0 ? reason : `${reason} (${more.join(', ')})`;
    })
    .join('; ');
}

function sum(status: Status, key: 'rowsLoaded' | 'rowsFollowed'): number {
  return status.tables.reduce((total, table) => total + table[key], 0);
}

function nameOf(table: TableProgress): string {
  return `${table.database}.${table.table}`;
}

function fit(text: string, width: number): string {
  return text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 1)}…`;
}

function bytesText(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

function count(value: number): string {
  return whole.format(value);
}

function tablesText(value: number): string {
  return value === 1 ? '1 table' : `${count(value)} tables`;
}

function duration(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}
