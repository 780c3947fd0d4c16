// Writes every generated page into the checkout.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {checkoutDir} from '../setup/cache.mjs';
import {pages} from './pages.ts';

for (const [path, text] of pages(checkoutDir)) writeFileSync(join(checkoutDir, path), text);
