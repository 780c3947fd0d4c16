// Progress while a task runs: a picture that is drawn over itself on a terminal, a line now and then elsewhere.
// What is written is decided in progressText.ts; this file decides when and where.
import {formatFinding} from '../base/errors.ts';
import {secondMs} from '../base/sizes.ts';
import {wait} from '../base/wait.ts';
import type {Status} from '../task/progress.ts';
import {picture, summaryLine} from './progressText.ts';

/** Twice a second moves without flicker and costs nothing. */
const drawMs = 500;
/** A line at least this often where nobody watches, so that a log shows that the task lives. */
const lineMs = 10 * secondMs;

const finalStates: readonly string[] = ['stopped', 'failed', 'done'];

/** Shows what `read` gives until it gives null, the task has ended, or `signal` is aborted; then once more. */
export async function showProgress(
  read: () => Promise<Status | null>,
  out: NodeJS.WriteStream,
  signal: AbortSignal,
): Promise<void> {
  const show = isLive(out) ? drawPictures(out) : writeLines(out);
  let status = await read();
  while (status !== null && !signal.aborted && !finalStates.includes(status.state)) {
    show(status, false);
    await wait(drawMs, signal).catch(() => undefined);
    status = (await read()) ?? null;
  }
  if (status !== null) show(status, true);
}

/** Whether a picture can be drawn over itself there. */
export function isLive(out: NodeJS.WriteStream): boolean {
  return out.isTTY === true && process.env['TERM'] !== 'dumb';
}

type Show = (status: Status, last: boolean) => void;

/** Erases line by line instead of the whole screen, inside one synchronized update: nothing flickers, scrolled text stays. */
function drawPictures(out: NodeJS.WriteStream): Show {
  let drawnLines = 0;
  const findingsOf = newFindings();
  return (status, last) => {
    const up = drawnLines > 0 ? `\x1b[${drawnLines}A` : '';
    // Findings take the place of the picture, which goes below them; they may be longer than a line.
    const findings = findingsOf(status).map(text => `${text}\n`);
    const above = findings.length === 0 ? '' : `\x1b[J${findings.join('')}`;
    const lines = picture(status, {columns: out.columns, rows: out.rows - 1, color: useColor(out)});
    const body = lines.map(line => `${line}\x1b[K\n`).join('');
    // 2026: synchronized update. 25: cursor. 7: wrap at the edge, which would break the count of lines.
    out.write(`\x1b[?2026h\x1b[?25l${up}\r${above}\x1b[?7l${body}\x1b[J\x1b[?7h\x1b[?2026l`);
    if (last) out.write('\x1b[?25h');
    drawnLines = lines.length;
  };
}

function useColor(out: NodeJS.WriteStream): boolean {
  return out.hasColors?.() === true && !process.env['NO_COLOR'];
}

function writeLines(out: NodeJS.WriteStream): Show {
  let saidKey = '';
  let saidMs = 0;
  const findingsOf = newFindings();
  return (status, last) => {
    for (const text of findingsOf(status)) out.write(`${text}\n`);
    const key = JSON.stringify([status.state, status.phase, status.holds.map(hold => hold.reason)]);
    const nowMs = performance.now();
    if (key === saidKey && nowMs - saidMs < lineMs && !last) return;
    out.write(`${new Date().toISOString()} ${summaryLine(status)}\n`);
    [saidKey, saidMs] = [key, nowMs];
  };
}

/** Gives each finding once, in five lines. */
function newFindings(): (status: Status) => string[] {
  const shown = new Set<string>();
  return status => {
    const texts = status.findings.map(formatFinding).filter(text => !shown.has(text));
    for (const text of texts) shown.add(text);
    return texts;
  };
}
