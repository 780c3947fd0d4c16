// Java programs for tests and benches: small Maven projects of this repository, built into the cache once.
import {bringJavaProgram, type ForeignAnswer} from '../../scripts/setup/foreign.mjs';

/**
 * How to run the Maven project in `folder` (`tests/judges/java`): class `Main` of the default package, with the
 * project's runtime libraries. `{missing}` where java, javac or mvn is not on PATH.
 */
export function javaProgram(folder: string): Promise<ForeignAnswer> {
  return bringJavaProgram(folder);
}
