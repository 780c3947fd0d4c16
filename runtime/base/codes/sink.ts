// Error codes of the sink room.
import {entry} from './entry.ts';

export const sinkCodes = {};
