// Takes the secrets out of a task: the file on disk names environment variables, the values go to the process by its environment.
// Nothing secret is ever on a command line or in the task file.

type Properties = Record<string, unknown>;

/** Inputs whose values are secret: never shown, never quoted. */
export const secretInputs = [
  'sourcePassword',
  'sourceTlsKey',
  'targetAccessKeySecret',
  'targetSecurityToken',
  'alertWebhooks',
  'hashKeys',
] as const;

export interface HandedOver {
  taskFile: Properties;
  environment: Record<string, string>;
}

/** What a target with `credentials: 'environment'` reads. */
const targetVariables = [
  'ALIBABA_CLOUD_ACCESS_KEY_ID',
  'ALIBABA_CLOUD_ACCESS_KEY_SECRET',
  'ALIBABA_CLOUD_SECURITY_TOKEN',
];

/**
 * Secrets that are texts become `{env: NAME}`; those that name a variable of the user's stay as they are. A place that does not
 * inherit our environment gives it as `inherited`: what the task names there is handed over too.
 */
export function handOver(inputs: Properties, inherited: NodeJS.ProcessEnv = {}): HandedOver {
  const environment: Record<string, string> = {};
  const inherit = (name: string): void => {
    const value = inherited[name];
    if (value !== undefined) environment[name] = value;
  };
  const hide = (name: string, value: unknown): unknown => {
    if (typeof value !== 'string') {
      inherit((value as {env: string}).env);
      return value;
    }
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
  const {credentials} = (inputs['target'] ?? {}) as {credentials?: unknown};
  if (credentials === 'environment') targetVariables.forEach(inherit);
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
