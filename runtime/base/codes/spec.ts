// Error codes of the spec room.
import {entry} from './entry.ts';

export const specCodes = {};
