def write_blocks(table, blocks, **named):
    session = TableTunnel(odps).create_upload_session(table.name, **named)
    for number, rows in blocks:
        with session.open_record_writer(number) as writer:
            for row in rows:
                writer.write(table.new_record(row))
    return session


@case('every type travels there and back')
def _():
    import pandas
    columns = (
        'c1 tinyint, c2 smallint, c3 int, c4 bigint, c5 float, c6 double, c7 decimal(38,18), c8 decimal(10,2), c9 string, '
        'c10 varchar(20), c11 char(5), c12 binary, c13 boolean, c14 date, c15 datetime, c16 timestamp, '
        'c18 array<bigint>, c19 map<string,double>, c20 struct<a:int,b:array<string>>'
    )
    full = [
        -128, -32768, -2147483648, -9223372036854775807, 0.5, 1 / 3, decimal.Decimal('12345678901234567890.123456789012345678'),
        decimal.Decimal('-1.25'), 'näme\n"', 'v', 'c', b'\x00\xff', True, datetime.date(1, 1, 1),
        datetime.datetime(1969, 12, 31, 23, 59, 59, 999000), pandas.Timestamp('2020-01-01 00:00:00.123456789'),
        [1, None, 3], {'a': 0.5, 'b': None}, (1, ['x', None]),
    ]
    high = [
        127, 32767, 2147483647, 9223372036854775807, -0.0, -1e308, decimal.Decimal('-99999999999999999999.999999999999999999'),
        decimal.Decimal('99999999.99'), '', '', '', b'', False, datetime.date(9999, 12, 31),
        datetime.datetime(9999, 12, 31, 23, 59, 59, 999000), pandas.Timestamp('1970-01-01 00:00:00'), [], {}, (None, []),
    ]
    with fresh(columns) as table:
        odps.write_table(table.name, [full, high, [None] * len(full)])
        found = table_rows(table)
        same([[tuple(v) if isinstance(v, tuple) else v for v in row] for row in found], [full, high, [None] * len(full)])
        # The same rows as SQL gives them, by the instance tunnel.
        again = rows_of('SELECT * FROM ' + table.name)
        same([[tuple(v) if isinstance(v, tuple) else v for v in row] for row in again], [full, high, [None] * len(full)])


@case('NaN and the infinities travel')
def _():
    with fresh('d double, f float') as table:
        odps.write_table(table.name, [[math.inf, -math.inf], [math.nan, math.nan]])
        first, second = table_rows(table)
        same(first, [math.inf, -math.inf])
        same([math.isnan(v) for v in second], [True, True])


@case('blocks may come out of order, repeated, and from several sessions')
def _():
    with fresh('a bigint') as table:
        session = write_blocks(table, [(5, [[5]]), (0, [[0]]), (5, [[55], [56]])])
        same(sorted(session.get_block_list()), [0, 5])
        other = write_blocks(table, [(0, [[100]])])
        session.commit([5, 0])
        same(sorted(r[0] for r in table_rows(table)), [0, 55, 56])
        other.commit([0])
        same(sorted(r[0] for r in table_rows(table)), [0, 55, 56, 100])


@case('a commit with another block list is refused and changes nothing')
def _():
    with fresh('a bigint') as table:
        session = write_blocks(table, [(0, [[1]]), (1, [[2]])])
        for wrong in ([0], [0, 1, 2], [0, 2]):
            try:
                session.commit(wrong)
            except errors.ODPSError:
                pass
            else:
                raise AssertionError('accepted %r' % wrong)
        same(table_rows(table), [])
        session.commit([0, 1])
        same(len(table_rows(table)), 2)


@case('a session is found again by its id and its state')
def _():
    with fresh('a bigint') as table:
        session = write_blocks(table, [(0, [[1]])])
        again = TableTunnel(odps).create_upload_session(table.name, upload_id=session.id)
        same((again.status.name, again.get_block_list()), ('Normal', [0]))
        again.commit([0])
        again.reload()
        same(again.status.name, 'Closed')
        try:
            TableTunnel(odps).create_upload_session(table.name, upload_id='nonsense')
        except errors.ODPSError as error:
            same(error.code, 'NoSuchUpload')
        try:
            TableTunnel(odps).create_download_session(table.name, download_id='nonsense')
        except errors.ODPSError as error:
            same(error.code, 'NoSuchDownload')


@case('an overwriting session replaces what was there')
def _():
    with fresh('a bigint') as table:
        odps.write_table(table.name, [[1], [2]])
        write_blocks(table, [(0, [[3]])], overwrite=True).commit([0])
        same(table_rows(table), [[3]])
        odps.write_table(table.name, [[4]], overwrite=True)
        same(table_rows(table), [[4]])
    with fresh(('a bigint', 'dt string')) as table:
        for day in '12':
            odps.write_table(table.name, [[int(day)]], partition='dt=' + day, create_partition=True)
        odps.write_table(table.name, [[9]], partition='dt=1', overwrite=True)
        same(table_rows(table, 'dt=1') + table_rows(table, 'dt=2'), [[9, '1'], [2, '2']])


algorithms = CompressOption.CompressAlgorithm


@case('bodies are taken and given with every compression')
def _():
    with fresh('a bigint, s string') as table:
        rows = [[i, 'row %d ' % i * 20] for i in range(3000)]
        for algorithm in (algorithms.ODPS_RAW, algorithms.ODPS_ZLIB, algorithms.ODPS_ZSTD, algorithms.ODPS_LZ4, algorithms.ODPS_SNAPPY):
            option = CompressOption(algorithm)
            session = TableTunnel(odps).create_upload_session(table.name, compress_option=option, overwrite=True)
            with session.open_record_writer(0, compress=True) as writer:
                for row in rows:
                    writer.write(table.new_record(row))
            session.commit([0])
            down = TableTunnel(odps).create_download_session(table.name, compress_option=option)
            with down.open_record_reader(0, down.count, compress=True) as reader:
                same([list(r.values) for r in reader] == rows, True)


@case('a range of rows and some columns are read')
def _():
    with fresh('a bigint, b string, c double') as table:
        odps.write_table(table.name, [[i, str(i), i / 2] for i in range(100)])
        session = TableTunnel(odps).create_download_session(table.name)
        same(session.count, 100)
        with session.open_record_reader(10, 5, columns=['c', 'a']) as reader:
            same([[r['a'], r['c']] for r in reader], [[i, i / 2] for i in range(10, 15)])
        with table.open_reader(columns=['b']) as reader:
            same([r['b'] for r in reader[98:]], ['98', '99'])
        with table.open_reader() as reader:
            same((reader.count, [r[0] for r in reader[0:6:2]]), (100, [0, 2, 4]))


@case('a download sees its snapshot while the table changes')
def _():
    with fresh('a bigint') as table:
        odps.write_table(table.name, [[1]])
        session = TableTunnel(odps).create_download_session(table.name)
        odps.write_table(table.name, [[2]])
        with session.open_record_reader(0, session.count) as reader:
            same([r[0] for r in reader], [1])


@case('a buffered writer splits its rows into blocks')
def _():
    with fresh('a bigint, s string') as table:
        session = TableTunnel(odps).create_upload_session(table.name)
        with session.open_record_writer(buffer_size=4096) as writer:
            for i in range(500):
                writer.write(table.new_record([i, 'x' * 50]))
        blocks = writer.get_blocks_written()
        same(len(blocks) > 3, True)
        session.commit(blocks)
        same(sorted(r[0] for r in table_rows(table)), list(range(500)))


@case('the table writer takes lists, records and blocks')
def _():
    with fresh('a bigint, s string') as table:
        with table.open_writer() as writer:
            writer.write([[1, 'a'], [2, 'b']])
            writer.write(table.new_record([3, 'c']))
        with table.open_writer(blocks=[0, 1]) as writer:
            writer.write(0, [[4, 'd']])
            writer.write(1, [[5, 'e']])
        same(sorted(table_rows(table)), [[1, 'a'], [2, 'b'], [3, 'c'], [4, 'd'], [5, 'e']])
        same(len(list(odps.read_table(table.name, limit=2))), 2)


@case('dynamic partitions are written by the table writer')
def _():
    with fresh(('a bigint', 'dt string')) as table:
        odps.write_table(table.name, [[1, 'x'], [2, 'y']], partitions=['dt'], create_partition=True)
        same(sorted(str(p) for p in table.partitions), ["dt='x'", "dt='y'"])


@case('Arrow batches travel there and back')
def _():
    import pyarrow as pa
    columns = (
        'c1 tinyint, c2 smallint, c3 int, c4 bigint, c5 float, c6 double, c7 decimal(38,18), c9 string, c12 binary, c13 boolean, '
        'c14 date, c15 datetime, c16 timestamp, c18 array<bigint>, c19 map<string,double>, c20 struct<a:int,b:array<string>>, c21 varchar(9)'
    )
    with fresh(columns) as table:
        batch = pa.RecordBatch.from_pydict({
            'c1': pa.array([1, None, -1], pa.int8()), 'c2': pa.array([1, None, -1], pa.int16()), 'c3': pa.array([1, None, -1], pa.int32()),
            'c4': pa.array([1, None, -(2**63) + 1], pa.int64()), 'c5': pa.array([0.5, None, -1], pa.float32()),
            'c6': pa.array([1 / 3, None, math.inf], pa.float64()),
            'c7': pa.array([decimal.Decimal('1.5'), None, decimal.Decimal('-0.000000000000000001')], pa.decimal128(38, 18)),
            'c9': ['näme', None, ''], 'c12': pa.array([b'\x00\xff', None, b''], pa.binary()), 'c13': [True, None, False],
            'c14': pa.array([datetime.date(1969, 12, 31), None, datetime.date(2020, 1, 1)], pa.date32()),
            'c15': pa.array([datetime.datetime(2020, 1, 1, 1, 2, 3, 4000), None, datetime.datetime(1960, 1, 1)], pa.timestamp('ms')),
            'c16': pa.array([1577840523123456789, None, -1], pa.timestamp('ns')),
            'c18': pa.array([[1, None], None, []], pa.list_(pa.int64())),
            'c19': pa.array([[('k', 0.5), ('l', None)], None, []], pa.map_(pa.string(), pa.float64())),
            'c20': pa.array([{'a': 1, 'b': ['x', None]}, None, {'a': None, 'b': None}], pa.struct([('a', pa.int32()), ('b', pa.list_(pa.string()))])),
            'c21': ['v', None, 'w'],
        })
        with table.open_writer(arrow=True) as writer:
            writer.write(batch)
        with table.open_reader(arrow=True) as reader:
            found = reader.read_all() if hasattr(reader, 'read_all') else None
            found = found if found is not None else pa.Table.from_batches(list(reader))
        same(found.num_rows, 3)
        due = batch.to_pydict()
        for name, values in found.to_pydict().items():
            same((name, values), (name, due[name]))
        # The same rows as records.
        record = table_rows(table)[0]
        same(record[:4] + record[6:10], [1, 1, 1, 1, decimal.Decimal('1.5'), 'näme', b'\x00\xff', True])


@case('Arrow blocks of many rows, with every compression, ranges and columns')
def _():
    import pyarrow as pa
    with fresh('a bigint, s string') as table:
        numbers = list(range(30000))
        data = pa.RecordBatch.from_pydict({'a': numbers, 's': ['s%d' % i for i in numbers]})
        for algorithm in (algorithms.ODPS_RAW, algorithms.ODPS_ZLIB, algorithms.ODPS_ZSTD, algorithms.ODPS_LZ4):
            option = CompressOption(algorithm)
            session = TableTunnel(odps).create_upload_session(table.name, compress_option=option, overwrite=True)
            with session.open_arrow_writer(0, compress=True) as writer:
                writer.write(data)
                writer.write(data.slice(0, 10))
            session.commit([0])
            down = TableTunnel(odps).create_download_session(table.name, compress_option=option)
            same(down.count, 30010)
            with down.open_arrow_reader(100, 20000, compress=True) as reader:
                found = pa.Table.from_batches(list(reader))
            same((found.num_rows, found['a'][0].as_py(), found['a'][-1].as_py()), (20000, 100, 20099))
            with down.open_arrow_reader(0, 3, columns=['s']) as reader:
                same(pa.Table.from_batches(list(reader)).to_pydict(), {'s': ['s0', 's1', 's2']})


@case('a pandas frame is written and read')
def _():
    import pandas
    with fresh('a bigint, s string, d double') as table:
        frame = pandas.DataFrame({'a': [1, 2], 's': ['x', None], 'd': [0.5, 1.5]})
        odps.write_table(table.name, frame)
        with table.open_reader() as reader:
            found = reader.to_pandas()
        same(found['a'].tolist(), [1, 2])
        with odps.execute_sql('SELECT a, d FROM %s ORDER BY a LIMIT 9' % table.name).open_reader(tunnel=True) as reader:
            same(reader.to_pandas()['d'].tolist(), [0.5, 1.5])
        same(table.to_pandas(columns=['a'])['a'].tolist(), [1, 2])


@case('rows of a stream session show with each flush')
def _():
    with fresh('a bigint, s string') as table:
        session = TableTunnel(odps).create_stream_upload_session(table.name)
        with session.open_record_writer() as writer:
            for i in range(10):
                writer.write(table.new_record([i, str(i)]))
        same(len(table_rows(table)), 10)
        with session.open_record_writer() as writer:
            writer.write(table.new_record([10, None]))
        same(sorted(r[0] for r in table_rows(table)), list(range(11)))
        session.reload()
        session.abort()
    with fresh(('a bigint', 'dt string')) as table:
        session = TableTunnel(odps).create_stream_upload_session(table.name, partition_spec='dt=1', create_partition=True)
        with session.open_record_writer() as writer:
            writer.write(table.new_record([1]))
        same(table_rows(table, 'dt=1'), [[1, '1']])


@case('upserts insert, replace and delete by key, all at the commit')
def _():
    with fresh('id bigint not null, s string, d double', transactional=True, primary_key=['id']) as table:
        def upsert(rows, keys=(), commit=True, compress=None):
            session = TableTunnel(odps).create_upsert_session(table.name, compress_option=compress)
            stream = session.open_upsert_stream()
            for row in rows:
                stream.upsert(session.new_record(row))
            for one_key in keys:
                stream.delete(session.new_record([one_key, None, None]))
            stream.flush()
            stream.close()
            if commit:
                session.commit()
            return session
        rows = lambda: rows_of('SELECT id, s, d FROM %s ORDER BY id LIMIT 100' % table.name)
        upsert([[i, 's%d' % i, 0.5] for i in range(5)])
        same(len(rows()), 5)
        open_one = upsert([[99, 'no', None]], commit=False)
        same(len(rows()), 5)
        open_one.abort()
        upsert([[1, 'one', None], [1, 'uno', 1.0]], [2, 77])
        same(rows(), [[0, 's0', 0.5], [1, 'uno', 1.0], [3, 's3', 0.5], [4, 's4', 0.5]])
        upsert([[3, 'three', None]], compress=CompressOption(algorithms.ODPS_ZLIB))
        same(rows()[2], [3, 'three', None])
        same(len(table_rows(table)), 4)
        with table.open_writer() as writer:
            writer.write([[4, 'four', 4.0], [5, 'five', None]])
        same(rows()[3:], [[4, 'four', 4.0], [5, 'five', None]])


@case('keys of several columns and partitions of a Delta table')
def _():
    with fresh(('a bigint not null, b string not null, v double', 'dt string'), transactional=True, primary_key=['a', 'b']) as table:
        table.create_partition('dt=1')
        session = TableTunnel(odps).create_upsert_session(table.name, partition_spec='dt=1')
        stream = session.open_upsert_stream()
        for row in ([1, 'x', 0.5], [1, 'y', 1.5], [1, 'x', 2.5]):
            stream.upsert(session.new_record(row))
        stream.flush()
        stream.close()
        session.commit()
        same(rows_of("SELECT a, b, v FROM %s WHERE dt = '1' ORDER BY a, b LIMIT 9" % table.name), [[1, 'x', 2.5], [1, 'y', 1.5]])


@case('an upsert into a table without a key is refused')
def _():
    with fresh('a bigint') as table:
        try:
            TableTunnel(odps).create_upsert_session(table.name)
        except errors.ODPSError as error:
            same(error.code in ('InvalidArgument', 'MethodNotAllowed'), True)
        else:
            raise AssertionError('accepted')


@case('a column that is not there, a range past the end and a wrong block id are refused')
def _():
    with fresh('a bigint') as table:
        odps.write_table(table.name, [[1]])
        session = TableTunnel(odps).create_download_session(table.name)
        def read(**named):
            with session.open_record_reader(named.pop('start', 0), 5, **named) as reader:
                return list(reader)
        for run, code in ((lambda: read(start=7), 'InvalidRowRange'),):
            try:
                run()
            except errors.ODPSError as error:
                same(error.code, code)
            else:
                raise AssertionError(code)
        up = TableTunnel(odps).create_upload_session(table.name)
        def block(number):
            with up.open_record_writer(number) as writer:
                writer.write(table.new_record([1]))
        for number in (20000, 'x'):
            try:
                block(number)
            except errors.ODPSError as error:
                same(error.code, 'InvalidBlockID')
            else:
                raise AssertionError(number)


@case('quota names, tags and endpoints of the tunnel are taken')
def _():
    with fresh('a bigint') as table:
        tunnel = TableTunnel(odps, endpoint=endpoint, quota_name='q1')
        session = tunnel.create_upload_session(table.name, tags=['a', 'b'])
        same(session.quota_name, 'q1')
        with session.open_record_writer(0) as writer:
            writer.write(table.new_record([1]))
        session.commit([0])
        same(tunnel.create_download_session(table.name).count, 1)
