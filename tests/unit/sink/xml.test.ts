import test from 'ava';
import {cdata, elementsAt, escapeXml, parseXml, textAt} from '../../../runtime/sink/xml.ts';

test('one element and many read alike', t => {
  const one = parseXml('<L><P n="1"/></L>');
  const two = parseXml('<L><P n="1"/><P n="2"/></L>');
  t.is(elementsAt(one, 'L', 'P').length, 1);
  t.deepEqual(
    elementsAt(two, 'L', 'P').map(p => textAt(p, '@n')),
    ['1', '2'],
  );
  t.is(textAt(one, 'L', 'Q'), null);
});

test('texts keep their blanks, entities and the end mark of CDATA', t => {
  const text = ' a <b> & "c" ]]> \n';
  t.is(textAt(parseXml(`<T>${cdata(text)}</T>`), 'T'), text);
  t.is(textAt(parseXml(`<T>${escapeXml(text)}</T>`), 'T'), text);
});

test('a long description with very many entities is read whole', t => {
  const text = '"'.repeat(200_000);
  t.is(textAt(parseXml(`<T>${text.replaceAll('"', '&quot;')}</T>`), 'T'), text);
});

test('numeric references are characters, and inside CDATA text', t => {
  const xml = parseXml('<a b="x&#34;y">&#34;&#x41;&amp;#66;<![CDATA[&#34;]]></a>');
  t.is(textAt(xml, 'a'), '"A&#66;&#34;');
  t.is(textAt(xml, 'a', '@b'), 'x"y');
});

test('what is not XML, or brings a document type, has no elements', t => {
  t.deepEqual(parseXml('hello'), {});
  t.deepEqual(parseXml('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), {});
});
