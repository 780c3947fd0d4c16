import {deflateSync} from 'node:zlib';
import test from 'ava';
import {createGtidEvent} from '../../../runtime/codec/binlogEvent.ts';
import {
  mariadbEventType,
  parseMariadbGtid,
  unpackMariadbEvent,
} from '../../../runtime/codec/mariadbEvent.ts';

const header = {serverId: 7, timestampSeconds: 1_795_423_259};

function gtid(number: bigint, domain: number, flags: number, rest = ''): Buffer {
  const body = Buffer.alloc(13);
  body.writeBigUInt64LE(number);
  body.writeUInt32LE(domain, 8);
  body[12] = flags;
  return Buffer.concat([body, Buffer.from(rest, 'hex')]);
}

function parsed(body: Buffer) {
  const into = createGtidEvent();
  parseMariadbGtid(body, 0, body.length, header, into);
  return into;
}

test('a GTID of MariaDB opens its transaction unless it stands alone', t => {
  t.like(parsed(gtid(12n, 3, 4)), {source: '3-7', number: 12, opens: true, preparesXa: false});
  t.like(parsed(gtid(13n, 3, 1)), {source: '3-7', number: 13, opens: false, alterPhase: 'whole'});
  t.is(parsed(gtid(1n, 0, 0)).originalCommitMicros, 1_795_423_259_000_000);
});

test('its flags tell XA and the halves of an ALTER, behind a commit id and the name of an XA transaction', t => {
  t.true(parsed(gtid(1n, 0, 64)).preparesXa);
  t.is(parsed(gtid(1n, 0, 1, '02')).alterPhase, 'start');
  t.is(parsed(gtid(1n, 0, 1, '080000000000000000')).alterPhase, 'rollback');
  t.is(parsed(gtid(1n, 0, 1, '040000000000000000')).alterPhase, 'whole');
  t.is(parsed(gtid(1n, 0, 1 | 2, '0000000000000000' + '02')).alterPhase, 'start');
  t.is(parsed(gtid(1n, 0, 1 | 128, '01000000' + '0201' + '616263' + '02')).alterPhase, 'start');
});

test('a GTID that is cut short, or beyond what a number holds, is refused', t => {
  t.throws(() => parsed(gtid(1n, 0, 0).subarray(0, 12)), {instanceOf: RangeError});
  t.throws(() => parsed(gtid(2n ** 53n, 0, 0)), {instanceOf: RangeError});
});

/** Length bytes as MariaDB writes them: as few as hold the length. */
function packed(bytes: Buffer, length = bytes.length, method = 0): Buffer {
  const digits = [...Buffer.from(length.toString(16).padStart(8, '0'), 'hex')];
  while (digits.length > 1 && digits[0] === 0) digits.shift();
  const head = Buffer.from([0x80 | (method << 4) | digits.length, ...digits]);
  return Buffer.concat([head, deflateSync(bytes)]);
}

/** Table 5, flags 1, one column that is there. */
const rowsHead = Buffer.from('050000000000' + '0100' + '01' + '01', 'hex');

test('compressed rows of either version become plain ones', t => {
  const images = Buffer.alloc(100_000, 'abcdefgh');
  for (const [type, plain, extra] of [
    [mariadbEventType.writeRowsCompressedV1, 23, ''],
    [mariadbEventType.deleteRowsCompressed, 32, '0200'],
  ] as const) {
    const head = Buffer.concat([
      rowsHead.subarray(0, 8),
      Buffer.from(extra, 'hex'),
      rowsHead.subarray(8),
    ]);
    const body = Buffer.concat([head, packed(images)]);
    const unpacked = unpackMariadbEvent(type, body, 0, body.length)!;
    t.is(unpacked.type, plain);
    t.deepEqual(unpacked.body, Buffer.concat([head, images]));
  }
  const update = Buffer.concat([rowsHead, Buffer.from('01', 'hex')]);
  const body = Buffer.concat([update, packed(images)]);
  const type = mariadbEventType.updateRowsCompressedV1;
  t.deepEqual(
    unpackMariadbEvent(type, body, 0, body.length)!.body,
    Buffer.concat([update, images]),
  );
});

test('a compressed statement becomes a plain one', t => {
  const head = Buffer.alloc(13);
  head[8] = 2;
  head.writeUInt16LE(3, 11);
  const before = Buffer.concat([head, Buffer.from('vvvdb\0')]);
  const sql = Buffer.from('ALTER TABLE t ADD COLUMN c INT');
  const body = Buffer.concat([before, packed(sql)]);
  const unpacked = unpackMariadbEvent(mariadbEventType.queryCompressed, body, 0, body.length)!;
  t.is(unpacked.type, 2);
  t.deepEqual(unpacked.body, Buffer.concat([before, sql]));
});

test('any other event is left as it is', t => {
  t.is(unpackMariadbEvent(mariadbEventType.gtid, Buffer.alloc(20), 0, 20), null);
  t.is(unpackMariadbEvent(mariadbEventType.partialRowData, Buffer.alloc(20), 0, 20), null);
});

test('damaged, lying and enormous compressed events are refused without unpacking them', t => {
  const refuse = (bytes: Buffer, message: RegExp) => {
    const body = Buffer.concat([rowsHead, bytes]);
    const type = mariadbEventType.writeRowsCompressedV1;
    t.throws(() => unpackMariadbEvent(type, body, 0, body.length), {
      instanceOf: RangeError,
      message,
    });
  };
  const rows = Buffer.alloc(5000, 'x');
  refuse(packed(rows, 4999), /cannot be unpacked/);
  refuse(packed(rows, 5001), /another length/);
  refuse(packed(rows, 2 ** 31), /256 MiB/);
  refuse(packed(rows, 5000, 1), /unknown method/);
  refuse(packed(rows).subarray(0, 12), /cannot be unpacked/);
  refuse(Buffer.alloc(0), /unknown method/);
});
