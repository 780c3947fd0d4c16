// What set-up tells: a line for each long step, and one message with every way out when a part cannot be had.

/** A step that lasts longer than this says so again and again. */
const reminderMs = 20_000;

/** Prints one progress line. @param {string} text */
export function say(text) {
  process.stderr.write(`synctask: ${text}\n`);
}

/**
 * Runs a long step with a line before, reminders, and a line after.
 * @template T
 * @param {string} label
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 */
export async function step(label, action) {
  const startedMs = performance.now();
  const seconds = () => Math.round((performance.now() - startedMs) / 1000);
  say(`${label} …`);
  const reminder = setInterval(() => say(`${label}: ${seconds()} s so far …`), reminderMs);
  try {
    const result = await action();
    say(`${label}: done in ${seconds()} s`);
    return result;
  } finally {
    clearInterval(reminder);
  }
}

/**
 * One way to have a part. `attempt` gives the part, or throws with the reason why this way is closed.
 * @template T
 * @typedef {{name: string, wayOut: string | null, attempt: () => Promise<T>}} Way
 */

/**
 * The first of `ways` that works, tried in order.
 * @template T
 * @param {string} part
 * @param {Way<T>[]} ways
 * @returns {Promise<T>}
 */
export async function firstWay(part, ways) {
  const reasons = [];
  for (const way of ways) {
    try {
      return await way.attempt();
    } catch (error) {
      reasons.push(`    ${way.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const wayOuts = ways.flatMap(way => (way.wayOut === null ? [] : [`    - ${way.wayOut}`]));
  throw new SetupError(
    [`${part} could not be had.`, '  tried:', ...reasons, '  ways out:', ...wayOuts].join('\n'),
  );
}

/** A part that cannot be had; the message is for the person who runs the command. */
export class SetupError extends Error {}

/**
 * Runs a script's main function: a SetupError is shown without a stack, and the exit code is set.
 * @param {() => Promise<void>} main
 */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    if (error instanceof SetupError) say(error.message);
    else console.error(error);
    process.exitCode = 1;
  }
}
