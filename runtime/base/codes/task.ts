// Error codes of the task room.
import {entry} from './entry.ts';

export const taskCodes = {};
