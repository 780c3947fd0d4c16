// A table of an INT and a JSON column, as the partial updates of it are read.
import {planTable} from '../../runtime/codec/planTable.ts';
import type {TableMap} from '../../runtime/codec/tableMap.ts';
import {plainOptions, sourceTable} from './sourceTable.ts';

export const partialPlan = planTable(
  sourceTable([
    ['n', 'int'],
    ['j', 'json'],
  ]),
  plainOptions,
);

export const partialMap: TableMap = {
  tableId: 1,
  database: 'shop',
  table: 't',
  types: Uint8Array.from([3, 245]),
  metadata: Uint16Array.from([0, 4]),
  nullable: [true, true],
  names: null,
  unsigned: null,
};
