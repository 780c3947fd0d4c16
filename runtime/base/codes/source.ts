// Error codes of the source room.
import {entry} from './entry.ts';

export const sourceCodes = {};
