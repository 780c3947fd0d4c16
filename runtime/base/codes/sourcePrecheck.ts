// Codes of the source's prechecks. Each carries the exact statement that puts it right.
import {entry} from './entry.ts';

export const sourcePrecheckCodes = {};
