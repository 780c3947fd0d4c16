import test from 'ava';
import {renderPage} from '../../../runtime/status/page.ts';
import {pageScript} from '../../../runtime/status/pageScript.ts';

const page = renderPage('shop', 'bm9uY2U=');

test('the page asks nothing of any other address', t => {
  const addresses = page.match(/(?:https?:)?\/\/[a-z0-9.-]+/gi) ?? [];
  // The name space of SVG is a name, not an address that is asked.
  t.deepEqual(
    addresses.filter(address => address !== 'http://www.w3.org'),
    [],
  );
  t.false(/@import|<script[^>]+src=|<img|<iframe|url\(/.test(page));
});

test('every script and style carries the nonce, and nothing needs another permission', t => {
  t.deepEqual(page.match(/<(?:script|style)[^>]*>/g), [
    '<style nonce="bm9uY2U=">',
    '<script nonce="bm9uY2U=">',
  ]);
  t.false(/ (?:style|on[a-z]+)="/.test(page), 'no inline style, no inline handler');
});

test('every element that the script asks for is in the page', t => {
  const asked = [...pageScript.matchAll(/\bat\('([a-z-]+)'\)/g)].map(match => match[1]!);
  t.true(asked.length > 20);
  for (const id of asked) t.true(page.includes(`id="${id}"`), id);
});

test('the script writes text, never markup', t => {
  t.notRegex(pageScript, /innerHTML|outerHTML|insertAdjacentHTML|document\.write/);
  t.notRegex(pageScript, /\beval\(|new Function/);
});

test('the script is valid JavaScript', t => {
  t.notThrows(() => new Function(pageScript));
});

test('a name is text in the page, whatever characters it has', t => {
  const odd = renderPage('<b>"&\'', 'bm9uY2U=');
  t.true(odd.includes('<title>&#60;b&#62;&#34;&#38;&#39; · synctask</title>'));
  t.false(odd.includes('<b>'));
});
