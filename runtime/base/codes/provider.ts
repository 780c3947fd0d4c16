// Error codes of the provider room.
import {entry} from './entry.ts';

export const providerCodes = {};
