import test from 'ava';
import {hideSecrets, rememberSecret} from '../../../runtime/base/secretTexts.ts';

test('a remembered secret is hidden wherever it stands', t => {
  rememberSecret('hunter2-and-more');
  t.is(hideSecrets('a hunter2-and-more b hunter2-and-more'), 'a [secret] b [secret]');
});

test('a secret is hidden as JSON writes it, too', t => {
  rememberSecret('with"quote\\and\nline');
  const text = JSON.stringify({password: 'with"quote\\and\nline'});
  t.deepEqual(JSON.parse(hideSecrets(text)), {password: '[secret]'});
});

test('of two secrets of which one holds the other nothing stays', t => {
  rememberSecret('inner-part');
  rememberSecret('an-inner-part-and-rest');
  t.is(hideSecrets('an-inner-part-and-rest'), '[secret]');
});

test('a secret of three characters hides nothing: it would garble every text', t => {
  rememberSecret('the');
  t.is(hideSecrets('the text'), 'the text');
});

test('the word that stands for a secret may be one', t => {
  rememberSecret('secret');
  rememberSecret('p^$.*+?()[]{}|/-w');
  t.is(hideSecrets('a secret, p^$.*+?()[]{}|/-w'), 'a [secret], [secret]');
});
