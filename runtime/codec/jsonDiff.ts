// The differences of a partial JSON update (binlog_row_value_options = PARTIAL_JSON) applied to a document.
// Format: MySQL source, sql/json_diff.cc: operation, path, and (but for a removal) a value, one after
// another. What does not apply is refused, as the server's own replicas do.
import {JsonFault, jsonDocument, jsonTree, opened, type JsonNode} from './jsonTree.ts';

const replace = 0;
const insert = 1;
const remove = 2;

/** The document after the differences input[at, end) to the document `before`. Throws JsonFault. */
export function applyJsonDiffs(before: Buffer, input: Buffer, at: number, end: number): Buffer {
  if (at === end) return before;
  const root: Root = {node: jsonTree(before)};
  while (at < end) {
    const operation = input[at++]!;
    if (operation > remove) throw new JsonFault(`operation ${operation}`);
    const path = lengthEncoded(input, at, end);
    const legs = parsePath(input.toString('utf8', path.start, path.end));
    at = path.end;
    if (operation === remove) {
      removeAt(root, legs);
      continue;
    }
    const value = lengthEncoded(input, at, end);
    if (value.start === value.end) throw new JsonFault('a value of no bytes');
    at = value.end;
    const node = jsonTree(input.subarray(value.start, value.end));
    if (operation === insert) insertAt(root, legs, node);
    else if (operation === replace) replaceAt(root, legs, node);
  }
  return jsonDocument(root.node);
}

interface Root {
  node: JsonNode;
}

/** A member's name, or a cell by its distance from the first or the last. */
type Leg = {member: Buffer} | {cell: number; isFromEnd: boolean};

/** Where a node hangs, so that another can take its place. */
interface Place {
  node: JsonNode;
  set: (node: JsonNode) => void;
}

function replaceAt(root: Root, legs: Leg[], value: JsonNode): void {
  seek(root, legs).set(value);
}

function insertAt(root: Root, legs: Leg[], value: JsonNode): void {
  const {parent, leg} = parentOf(root, legs);
  if (parent.kind === 'object' && 'member' in leg) {
    const {members} = parent;
    if (memberAt(members, leg.member) >= 0) throw new JsonFault('a member that is there already');
    const after = members.findIndex(member => compareKeys(member.key, leg.member) > 0);
    members.splice(after < 0 ? members.length : after, 0, {key: leg.member, value});
  } else if (parent.kind === 'array' && 'cell' in leg) {
    const {cells} = parent;
    const index = leg.isFromEnd ? cells.length - 1 - leg.cell : leg.cell;
    cells.splice(Math.max(0, Math.min(index, cells.length)), 0, value);
  } else throw new JsonFault('a place that its parent cannot have');
}

function removeAt(root: Root, legs: Leg[]): void {
  const {parent, leg} = parentOf(root, legs);
  if (parent.kind === 'object' && 'member' in leg) {
    const at = memberAt(parent.members, leg.member);
    if (at < 0) throw new JsonFault('a member that is not there');
    parent.members.splice(at, 1);
  } else if (parent.kind === 'array' && 'cell' in leg) {
    const at = cellAt(parent.cells.length, leg);
    if (at < 0) throw new JsonFault('a cell that is not there');
    parent.cells.splice(at, 1);
  } else throw new JsonFault('a place that its parent cannot have');
}

function parentOf(root: Root, legs: Leg[]): {parent: JsonNode; leg: Leg} {
  const leg = legs.at(-1);
  if (leg === undefined) throw new JsonFault('a path to nothing but the document');
  const place = seek(root, legs.slice(0, -1));
  const parent = opened(place.node);
  place.set(parent);
  return {parent, leg};
}

/** The node at the end of `legs`; containers on the way are opened. */
function seek(root: Root, legs: Leg[]): Place {
  let place: Place = {node: root.node, set: node => void (root.node = node)};
  for (const leg of legs) {
    const node = opened(place.node);
    place.set(node);
    place = {...place, node};
    if ('member' in leg) {
      if (node.kind !== 'object') throw new JsonFault('a member of what is no object');
      const member = node.members[memberAt(node.members, leg.member)];
      if (member === undefined) throw new JsonFault('a member that is not there');
      place = {node: member.value, set: value => void (member.value = value)};
    } else if (node.kind === 'array') {
      const {cells} = node;
      const at = cellAt(cells.length, leg);
      if (at < 0) throw new JsonFault('a cell that is not there');
      place = {node: cells[at]!, set: value => void (cells[at] = value)};
    } else if (leg.cell !== 0) {
      // What is no array counts as an array of one: its first and its last cell are itself.
      throw new JsonFault('a cell of what is no array');
    }
  }
  return place;
}

function memberAt(members: readonly {key: Buffer}[], name: Buffer): number {
  return members.findIndex(({key}) => key.equals(name));
}

function cellAt(length: number, {cell, isFromEnd}: {cell: number; isFromEnd: boolean}): number {
  const at = isFromEnd ? length - 1 - cell : cell;
  return at < length ? at : -1;
}

/** MySQL's order of keys. */
function compareKeys(one: Buffer, other: Buffer): number {
  return one.length === other.length ? one.compare(other) : one.length - other.length;
}

const legPattern =
  /\.(?:"((?:[^"\\]|\\.)*)"|([^."[\]\s]+))|\[\s*(?:(last)\s*(?:-\s*(\d+))?|(\d+))\s*\]/gsy;

/** The legs of a path as the server prints it: `$`, then `.name`, `."quoted name"`, `[3]`, `[last]`, `[last-2]`. */
function parsePath(path: string): Leg[] {
  const legs: Leg[] = [];
  if (!path.startsWith('$')) throw badPath(path);
  let at = 1;
  legPattern.lastIndex = 1;
  for (const [whole, quoted, plain, last, fromLast, cell] of path.matchAll(legPattern)) {
    at += whole.length;
    if (cell !== undefined) legs.push({cell: Number(cell), isFromEnd: false});
    else if (last !== undefined) legs.push({cell: Number(fromLast ?? 0), isFromEnd: true});
    else legs.push({member: Buffer.from(quoted === undefined ? plain! : unquote(quoted))});
  }
  if (at !== path.length) throw badPath(path);
  return legs;
}

function badPath(path: string): JsonFault {
  return new JsonFault(`the path ${JSON.stringify(path.slice(0, 100))}`);
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    throw new JsonFault('a quoted name that does not decode');
  }
}

/** A length-encoded string within input[at, end). */
function lengthEncoded(input: Buffer, at: number, end: number): {start: number; end: number} {
  const first = at < end ? input[at]! : 255;
  const size = first < 251 ? 0 : first === 252 ? 2 : first === 253 ? 3 : first === 254 ? 8 : -1;
  if (size < 0 || at + 1 + size > end) throw new JsonFault('differences that are cut off');
  const length =
    size === 0
      ? first
      : size === 8
        ? Number(input.readBigUInt64LE(at + 1))
        : input.readUIntLE(at + 1, size);
  const start = at + 1 + size;
  if (start + length > end) throw new JsonFault('differences that are cut off');
  return {start, end: start + length};
}
