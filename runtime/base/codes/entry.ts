// The shape of one entry of the error catalogue.

/** mistake: the user's, never retried. trouble: the world's, retried with bounds. bug: ours, the task stops. */
export type ErrorKind = 'mistake' | 'trouble' | 'bug';

export interface Entry<D> {
  /** A fact, at most 60 characters, no full stop. */
  title: string;
  kind: ErrorKind;
  /** Why, naming the observed value. Never a secret. */
  cause: (details: D) => string;
  /** What to do; starts with a verb, or `nothing to do: …`. */
  fix: (details: D) => string;
}

/** Types one entry by its details; the catalogue is checked at compile time against every use. */
export function entry<D>(definition: Entry<D>): Entry<D> {
  return definition;
}
