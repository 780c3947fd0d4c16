// MySQL's geometry bytes (SRID, then WKB) to one canonical GeoJSON text, the same for snapshot and row image.
// {"type":"Point","coordinates":[1,2.5],"srid":4326}: coordinates in the stored order (longitude first), numbers in
// their shortest form. Format: MySQL manual 13.4.3; RFC 7946 with a srid member.
import {CellFault} from './cellFault.ts';
import {appendAscii, scratch} from './scratch.ts';
import type {CellContext} from './textCell.ts';

/** Writes the text of the geometry input[from, to) to the scratch buffer; returns its bytes. */
export function geoJson(cell: CellContext, input: Buffer, from: number, to: number): number {
  scratch.length = 0;
  const wkb: Wkb = {input, at: from + 4, to, slot: cell.slot};
  need(wkb, 0);
  geometry(wkb, 0, `,"srid":${input.readUInt32LE(from)}`);
  if (wkb.at !== to) throw damaged(wkb, `${to - wkb.at} bytes after its end`);
  return scratch.length;
}

/** A geometry on its way. */
interface Wkb {
  input: Buffer;
  at: number;
  to: number;
  slot: number;
}

/** GeoJSON names of the WKB types 1 to 7. */
const names = [
  'Point',
  'LineString',
  'Polygon',
  'MultiPoint',
  'MultiLineString',
  'MultiPolygon',
  'GeometryCollection',
];

/** Collections nest; deeper ones than this are no geometry that a server would send. */
const depthMax = 100;

function geometry(wkb: Wkb, depth: number, tail: string): void {
  if (depth > depthMax) throw damaged(wkb, `more than ${depthMax} levels`);
  const type = header(wkb);
  const name = names[type - 1];
  if (name === undefined) throw damaged(wkb, `type ${type}`);
  appendAscii(`{"type":"${name}",`);
  if (name === 'GeometryCollection') {
    appendAscii('"geometries":');
    list(wkb, () => geometry(wkb, depth + 1, ''));
  } else {
    appendAscii('"coordinates":');
    coordinates(wkb, type);
  }
  appendAscii(`${tail}}`);
}

function coordinates(wkb: Wkb, type: number): void {
  const point = () => appendPoint(wkb);
  const line = () => list(wkb, point);
  const polygon = () => list(wkb, line);
  // Members of a Multi… have a header of their own.
  const member = (one: () => void) => () => {
    header(wkb);
    one();
  };
  [
    point,
    line,
    polygon,
    () => list(wkb, member(point)),
    () => list(wkb, member(line)),
    () => list(wkb, member(polygon)),
  ][type - 1]!();
}

/** Byte order (MySQL stores little-endian only) and type. */
function header(wkb: Wkb): number {
  need(wkb, 5);
  const order = wkb.input[wkb.at]!;
  if (order !== 1) throw damaged(wkb, `byte order ${order}`);
  const type = wkb.input.readUInt32LE(wkb.at + 1);
  wkb.at += 5;
  return type;
}

function list(wkb: Wkb, one: () => void): void {
  need(wkb, 4);
  const count = wkb.input.readUInt32LE(wkb.at);
  wkb.at += 4;
  appendAscii('[');
  for (let i = 0; i < count; i++) {
    if (i > 0) appendAscii(',');
    one();
  }
  appendAscii(']');
}

function appendPoint(wkb: Wkb): void {
  need(wkb, 16);
  const x = wkb.input.readDoubleLE(wkb.at);
  const y = wkb.input.readDoubleLE(wkb.at + 8);
  wkb.at += 16;
  appendAscii(`[${x},${y}]`);
}

function need(wkb: Wkb, bytes: number): void {
  if (wkb.at + bytes > wkb.to) throw damaged(wkb, 'fewer bytes than it names');
}

function damaged({slot}: Wkb, what: string): CellFault {
  return new CellFault('malformed', slot, `a geometry with ${what}`);
}
