// Error codes of the codec room.
import {entry} from './entry.ts';

export const codecCodes = {};
