"""PyODPS, unmodified, against the embedded endpoint: makes tables, writes, reads, queries. Prints what it found as JSON."""
import datetime, decimal, json, os
from odps import ODPS, errors, options
from odps.tunnel import CompressOption, TableTunnel

options.sql.use_odps2_extension = True
options.local_timezone = False
odps = ODPS(os.environ['ODPS_ID'], os.environ['ODPS_SECRET'], 'local', os.environ['ODPS_ENDPOINT'])
found = {}
columns = (
    'id bigint, ti tinyint, name string, code varchar(10), price decimal(38,18), ok boolean, d double, f float, day date, '
    'at datetime, bin binary, tags array<string>, counts map<string,bigint>, pair struct<a:bigint,b:string>'
)
table = odps.create_table('kinds', columns)
rows = [
    [
        i, -5, 'näme %d' % i, 'c%d' % i, decimal.Decimal('-1.%018d' % i), i % 2 == 0, i / 3.0, 0.5,
        datetime.date(1999, 12, 31), datetime.datetime(2020, 1, 1, 12, 30, 1, 123000), b'\x00\xff',
        ['a', None, str(i)], {'k': i, 'l': None}, (i, None),
    ]
    for i in range(1000)
] + [[None] * 14]


def plain(record):
    return [tuple(v) if isinstance(v, tuple) else v for v in record.values]


found['written'] = {}
for name in ['none', 'deflate']:
    odps.execute_sql('TRUNCATE TABLE kinds')
    option = CompressOption(CompressOption.CompressAlgorithm.ODPS_ZLIB) if name == 'deflate' else None
    session = TableTunnel(odps).create_upload_session('kinds', compress_option=option)
    for block, part in enumerate([rows[:500], rows[500:]]):
        with session.open_record_writer(block, compress=option is not None) as writer:
            for row in part:
                writer.write(table.new_record(row))
    session.commit([0, 1])
    session.commit([0, 1])
    with table.open_reader() as reader:
        found['written'][name] = [plain(record) for record in reader] == [list(row) for row in rows]

with odps.execute_sql('SELECT name, price, day FROM kinds WHERE id < 2 ORDER BY id LIMIT 5').open_reader() as reader:
    found['tunnel'] = [[str(v) for v in record.values] for record in reader]
with odps.execute_sql('SELECT id, name, at FROM kinds WHERE id IS NULL OR id = 1 ORDER BY id LIMIT 5').open_reader(tunnel=False) as reader:
    found['csv'] = reader.raw

parts = odps.create_table('parts', ('a bigint, b string', 'dt string, hh bigint'))
with parts.open_writer(partition="dt='2020',hh=1", create_partition=True) as writer:
    writer.write([[1, 'x'], [2, None]])
odps.execute_sql("INSERT INTO parts PARTITION (dt='x', hh) SELECT a, b, 7 FROM parts WHERE dt = '2020'")
odps.execute_sql("INSERT OVERWRITE TABLE parts PARTITION (dt='x', hh=7) SELECT a + 10, b FROM parts WHERE dt = '2020'")
found['partitions'] = sorted(str(p) for p in parts.partitions)
found['exist'] = [parts.exist_partition("dt='2020',hh=1"), parts.exist_partition('dt=2021,hh=1')]
with parts.open_reader(partition='dt=x,hh=7') as reader:
    found['partition'] = [record.values for record in reader]
parts.delete_partition("dt='x',hh=7")
with odps.execute_sql('SELECT dt, hh, COUNT(*) AS c, SUM(a) AS s FROM parts GROUP BY dt, hh LIMIT 10', hints={'odps.sql.allow.fullscan': 'true'}).open_reader() as reader:
    found['grouped'] = [record.values for record in reader]

odps.execute_sql("ALTER TABLE parts ADD COLUMNS (c DECIMAL(20,2) COMMENT 'later')")
found['schema'] = [[c.name, str(c.type), c.comment or ''] for c in odps.get_table('parts').table_schema.columns]
found['tables'] = sorted(t.name for t in odps.list_tables())
found['missing'] = [odps.exist_table('nope'), odps.exist_project('elsewhere')]


def failure(run):
    try:
        run()
    except errors.ODPSError as error:
        return type(error).__name__
    return None


wrong = ODPS(os.environ['ODPS_ID'], 'wrong', 'local', os.environ['ODPS_ENDPOINT'])
regional = ODPS(os.environ['ODPS_ID'], os.environ['ODPS_SECRET'], 'local', os.environ['ODPS_ENDPOINT'], region_name='cn-shanghai')
found['errors'] = [
    failure(lambda: odps.execute_sql('SELECT * FROM nope')),
    failure(lambda: odps.execute_sql('SELEC 1')),
    failure(lambda: odps.get_table('nope').reload()),
    failure(lambda: wrong.get_project().reload()),
    failure(lambda: regional.get_project().reload()),
]
odps.delete_table('parts')
found['dropped'] = odps.exist_table('parts')
delta = odps.create_table('delta', 'id bigint not null, name string, v double', primary_key=['id'], transactional=True)
found['is_delta'] = odps.get_table('delta').is_transactional
for upserts, deletes in [([[i, 'n%d' % i, i / 2.0] for i in range(100)] + [[7, 'again', None]], []), ([[8, None, 1.5]], [[9], [1000]])]:
    session = TableTunnel(odps).create_upsert_session('delta')
    stream = session.open_upsert_stream()
    for row in upserts:
        stream.upsert(session.new_record(row))
    for key in deletes:
        stream.delete(session.new_record(key + [None, None]))
    stream.flush()
    stream.close()
    session.commit()
with odps.execute_sql('SELECT COUNT(*), SUM(id) FROM delta').open_reader() as reader:
    found['delta'] = [record.values for record in reader]
with odps.execute_sql('SELECT id, name, v FROM delta WHERE id BETWEEN 6 AND 10 ORDER BY id LIMIT 10').open_reader() as reader:
    found['upserted'] = [record.values for record in reader]
session = TableTunnel(odps).create_upsert_session('delta')
session.abort()

job = odps.run_sql('SELECT 1 AS a')
job.wait_for_success()
found['progress'] = job.get_task_progress(job.get_task_names()[0]).get_stage_progress_formatted_string() is not None

print(json.dumps(found, default=str))
