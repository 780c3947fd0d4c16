// The little XML that MaxCompute speaks: small documents in, two kinds of document out. No DOCTYPE is ever needed.
import {XMLParser} from 'fast-xml-parser';

/** An element: a text, or attributes (`@name`), text (`#text`) and children by name. */
export type XmlNode = string | {[name: string]: XmlNode | XmlNode[]};

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  // Numeric references (&#34;) come under this name too; without it they would stay as they are.
  htmlEntities: true,
  // A table description is one long escaped text; only document types can make expansion dangerous.
  processEntities: {enabled: true, maxExpandedLength: Number.MAX_SAFE_INTEGER},
});

/** The document's elements by name; empty for text that is not XML. */
export function parseXml(text: string): {[name: string]: XmlNode | XmlNode[]} {
  if (!text.trimStart().startsWith('<') || text.includes('<!DOCTYPE')) return {};
  try {
    return parser.parse(text) as {[name: string]: XmlNode | XmlNode[]};
  } catch {
    return {};
  }
}

/** The elements found by following `path` of names; a step that repeats gives all of its elements. */
export function elementsAt(node: XmlNode | XmlNode[] | undefined, ...path: string[]): XmlNode[] {
  if (node === undefined) return [];
  if (Array.isArray(node)) return node.flatMap(inner => elementsAt(inner, ...path));
  const [name, ...rest] = path;
  if (name === undefined) return [node];
  return typeof node === 'string' ? [] : elementsAt(node[name], ...rest);
}

/** The text of the first element at `path`; null when there is none. */
export function textAt(node: XmlNode | XmlNode[] | undefined, ...path: string[]): string | null {
  const found = elementsAt(node, ...path)[0];
  if (found === undefined) return null;
  if (typeof found === 'string') return found;
  const text = found['#text'];
  return typeof text === 'string' ? text : '';
}

/** Text inside an element. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Text of any content as CDATA; its end mark is split over two sections. */
export function cdata(text: string): string {
  return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
}
