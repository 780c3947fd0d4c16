// Histories of small tables with their hand-computed state: for everything that merges base and log.
import type {TablePlan} from '../../runtime/codec/plan.ts';
import {logNames, tablePlan} from './tablePlan.ts';

type Cell = string | number | null;
type Row = Cell[];
/** Record id, flag, Unix seconds, and the images that the change has. */
type Change = [
  id: number,
  flag: 'I' | 'U' | 'D',
  second: number,
  before: Row | null,
  after: Row | null,
];

export interface MergeCase {
  title: string;
  plan: TablePlan;
  base: Row[];
  changes: Change[];
  /** What a merge gives, as of a second (null: now), rows in any order. */
  expected: {asOf: number | null; rows: Row[]}[];
}

const keyed = [
  ['a', 'STRING'],
  ['b', 'BIGINT'],
  ['v', 'STRING'],
] as const;
const loose = [
  ['x', 'STRING'],
  ['y', 'BIGINT'],
] as const;

const keyedHistory = {
  base: [
    ['k', 1, 'one'],
    ['k', 2, 'two'],
    ['K', 1, 'capital'],
    ['l', 9, null],
    ['stale', 0, 'the load saw this after change 3'],
  ] satisfies Row[],
  changes: [
    [1, 'I', 100, null, ['n', 1, 'new']],
    [2, 'U', 110, ['k', 2, 'two'], ['k', 2, 'two again']],
    [3, 'I', 120, null, ['stale', 0, 'first']],
    [4, 'D', 130, ['l', 9, null], null],
    // The key moves, and the old key is taken by another row later.
    [5, 'U', 140, ['k', 1, 'one'], ['m', 1, 'one']],
    [7, 'U', 150, ['n', 1, 'new'], ['n', 1, null]],
    [8, 'I', 160, null, ['k', 1, 'another']],
    [9, 'D', 170, ['n', 1, null], null],
    [12, 'I', 180, null, ['l', 9, 'back']],
  ] satisfies Change[],
  expected: [
    {
      asOf: null,
      rows: [
        ['K', 1, 'capital'],
        ['k', 1, 'another'],
        ['k', 2, 'two again'],
        ['l', 9, 'back'],
        ['m', 1, 'one'],
        ['stale', 0, 'first'],
      ],
    },
    {
      // Strictly below: the change of second 150 does not count.
      asOf: 150,
      rows: [
        ['K', 1, 'capital'],
        ['k', 2, 'two again'],
        ['m', 1, 'one'],
        ['n', 1, 'new'],
        ['stale', 0, 'first'],
      ],
    },
  ],
};

/** Every case that a merge must get right. */
export const mergeCases: MergeCase[] = [
  {
    title: 'a composite key under the new names',
    plan: tablePlan('merge_new', keyed, ['a', 'b']),
    ...keyedHistory,
  },
  {
    title: 'a composite key under the previous names, whose order is not that of the columns',
    plan: tablePlan('merge_previous', keyed, ['b', 'a'], {logNames: logNames('previous')}),
    ...keyedHistory,
  },
  {
    title: 'a table with columns named like the helpers of the statement, without partitions',
    plan: tablePlan(
      'merge_names',
      [
        ['merge_rank', 'BIGINT'],
        ['order', 'STRING'],
      ],
      ['merge_rank'],
      {logNames: logNames('new', [])},
    ),
    base: [[1, 'a']],
    changes: [[1, 'U', 10, [1, 'a'], [1, 'b']]],
    expected: [{asOf: null, rows: [[1, 'b']]}],
  },
  {
    title: 'a table without a key, with duplicates and NULLs',
    plan: tablePlan('merge_loose', loose, null),
    base: [
      ['a', 1],
      ['a', 1],
      ['a', 1],
      [null, null],
      [null, null],
      ['', 2],
    ],
    changes: [
      [1, 'D', 100, ['a', 1], null],
      [2, 'I', 100, null, [null, null]],
      [3, 'U', 110, [null, null], [null, 3]],
      [4, 'U', 120, ['', 2], [null, 2]],
      [5, 'I', 130, null, ['b', 5]],
      [6, 'D', 140, ['b', 5], null],
      [7, 'I', 150, null, ['b', 5]],
      [8, 'I', 150, null, ['b', 5]],
    ],
    expected: [
      {
        asOf: null,
        rows: [
          ['a', 1],
          ['a', 1],
          ['b', 5],
          ['b', 5],
          [null, 2],
          [null, 3],
          [null, null],
          [null, null],
        ],
      },
      {
        asOf: 110,
        rows: [
          ['', 2],
          ['a', 1],
          ['a', 1],
          [null, null],
          [null, null],
          [null, null],
        ],
      },
    ],
  },
  {
    title: 'a table without a key, of which stream writes repeated some rows',
    plan: tablePlan('merge_repeated', loose, null),
    base: [
      ['a', 1],
      ['a', 1],
    ],
    changes: [
      [1, 'I', 100, null, ['b', 2]],
      [2, 'I', 100, null, ['b', 2]],
      [3, 'D', 110, ['a', 1], null],
      [4, 'U', 120, ['b', 2], [null, 2]],
      [2, 'I', 100, null, ['b', 2]],
      [3, 'D', 110, ['a', 1], null],
      [4, 'U', 120, ['b', 2], [null, 2]],
    ],
    expected: [
      {
        asOf: null,
        rows: [
          ['a', 1],
          ['b', 2],
          [null, 2],
        ],
      },
    ],
  },
  {
    title: 'a key, of whose changes stream writes repeated some',
    plan: tablePlan('merge_again', keyed, ['a', 'b']),
    base: [['k', 1, 'one']],
    changes: [
      [1, 'U', 100, ['k', 1, 'one'], ['k', 1, 'two']],
      [2, 'D', 110, ['k', 1, 'two'], null],
      [3, 'I', 120, null, ['k', 1, 'three']],
      [1, 'U', 100, ['k', 1, 'one'], ['k', 1, 'two']],
      [2, 'D', 110, ['k', 1, 'two'], null],
    ],
    expected: [{asOf: null, rows: [['k', 1, 'three']]}],
  },
];

/** INSERT statements that make the history of `mergeCase`, for tables that exist. */
export function historySql({plan, base, changes}: MergeCase): string[] {
  const columns = plan.columns.map(c => `\`${c.targetName}\``).join(', ');
  const statements = [
    `INSERT INTO TABLE \`${plan.baseTable}\` (${columns}) VALUES ${base.map(tuple).join(', ')}`,
  ];
  const names = plan.logNames;
  const extra = [
    names.recordId,
    names.operationFlag,
    names.utcTimestamp,
    names.beforeFlag,
    names.afterFlag,
  ];
  const all = [...extra.map(name => `\`${name}\``), columns].join(', ');
  const partition = names.partitions.map(name => `\`${name}\`='01'`).join(', ');
  const rows = changes.flatMap(([id, flag, second, before, after]) => {
    const images: Row[] = [];
    if (before !== null) images.push([id, flag, second, 'Y', 'N', ...before]);
    if (after !== null) images.push([id, flag, second, 'N', 'Y', ...after]);
    return images;
  });
  const into = partition === '' ? '' : ` PARTITION (${partition})`;
  statements.push(
    `INSERT INTO TABLE \`${plan.logTable}\`${into} (${all}) VALUES ${rows.map(tuple).join(', ')}`,
  );
  return statements;
}

/** Rows as texts, sorted, for comparison. */
export function sortedRows(rows: (Cell | string)[][]): string[] {
  return rows.map(row => JSON.stringify(row.map(v => (v === null ? null : String(v))))).toSorted();
}

function tuple(row: Row): string {
  return `(${row.map(v => (v === null ? 'NULL' : typeof v === 'number' ? v : `'${v}'`)).join(', ')})`;
}
