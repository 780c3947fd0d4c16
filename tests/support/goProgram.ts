// Go programs for tests and benches: small Go modules of this repository, built into the cache once.
import {bringGoProgram, type ForeignAnswer} from '../../scripts/setup/foreign.mjs';

/** How to run the Go module in `folder` (`tests/judges/go`). `{missing}` where no go, or too old a one, is on PATH. */
export function goProgram(folder: string): Promise<ForeignAnswer> {
  return bringGoProgram(folder);
}
