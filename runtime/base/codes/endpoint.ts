// Error codes of the endpoint room.
import {entry} from './entry.ts';

export const endpointCodes = {};
