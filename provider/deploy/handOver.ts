// Takes the secrets out of a task: the file on disk names environment variables, the values go to the process by its environment.
// Nothing secret is ever on a command line or in a file we write.
import {secretInputs, type Properties} from '../inputs.ts';

export interface HandedOver {
  taskFile: Properties;
  environment: Record<string, string>;
}

/** Secrets that are texts become `{env: NAME}`; those that name a variable of the user's stay as they are. */
export function handOver(inputs: Properties): HandedOver {
  const environment: Record<string, string> = {};
  const hide = (name: string, value: unknown): unknown => {
    if (typeof value !== 'string') return value;
    environment[name] = value;
    return {env: name};
  };
  const taskFile: Properties = {...inputs};
  for (const key of secretInputs) {
    const value = inputs[key];
    if (value === undefined) continue;
    taskFile[key] =
      key === 'alertWebhooks'
        ? hideNamed(value, 'SYNCTASK_ALERT_WEBHOOK', hide)
        : key === 'hashKeys'
          ? hideNamed(value, 'SYNCTASK_HASH_KEY', hide)
          : hide(variable(key), value);
  }
  return {taskFile, environment};
}

/** `sourcePassword` → `SYNCTASK_SOURCE_PASSWORD` */
function variable(key: string): string {
  return `SYNCTASK_${key.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`;
}

function hideNamed(
  secrets: unknown,
  variables: string,
  hide: (name: string, value: unknown) => unknown,
): Record<string, unknown> {
  const entries = Object.entries(secrets as Record<string, unknown>);
  return Object.fromEntries(
    entries.map(([name, value], i) => [name, hide(`${variables}_${i}`, value)]),
  );
}
