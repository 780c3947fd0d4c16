D = decimal.Decimal
day = datetime.date


@case('a view is made, read, described, listed, replaced and dropped, and takes no rows')
def _():
    with fresh('a bigint, b string') as table:
        odps.write_table(table.name, [[1, 'x'], [2, 'y']])
        odps.execute_sql('CREATE VIEW IF NOT EXISTS one_view AS SELECT a, b FROM %s WHERE a > 1' % table.name)
        same(rows_of('SELECT * FROM one_view'), [[2, 'y']])
        view = odps.get_table('one_view')
        same((view.is_virtual_view, view.view_text, [c.name for c in view.table_schema.columns]), (True, 'SELECT a, b FROM %s WHERE a > 1' % table.name, ['a', 'b']))
        same([t.name for t in odps.list_tables(type='virtual_view')], ['one_view'])
        odps.execute_sql("CREATE OR REPLACE VIEW one_view (x COMMENT 'c') COMMENT 'all' AS SELECT a FROM " + table.name)
        same(sorted(rows_of('SELECT x FROM one_view')), [[1], [2]])
        raises(errors.ODPSError, lambda: odps.execute_sql('INSERT INTO one_view VALUES (3)'), 'is a view')
        raises(errors.ODPSError, lambda: odps.execute_sql('CREATE VIEW one_view AS SELECT 1 AS a'), 'exists')
        odps.delete_view('one_view')
        same(odps.exist_table('one_view'), False)
        raises(errors.NoSuchTable, lambda: odps.execute_sql('SELECT * FROM one_view'))


@case('values of nested types come back from a text result as they went in')
def _():
    with fresh('i bigint, a array<string>, m map<string,bigint>, s struct<x:int,y:string>, aa array<array<int>>') as table:
        rows = [
            [0, ['a', None, ''], {'k': 1, 'n': None}, {'x': 1, 'y': 'p,q'}, [[1], [], None]],
            [1, ['x"y', "o'o", 'a,b', ' b '], {}, {'x': None, 'y': None}, []],
            [2, None, None, None, None],
        ]
        odps.write_table(table.name, rows)
        for tunnel in (True, False):
            found = rows_of('SELECT * FROM %s ORDER BY i LIMIT 9' % table.name, tunnel=tunnel)
            same([[list(v) if isinstance(v, list) else v for v in row] for row in found], [[r[0], r[1], r[2], r[3] and tuple(r[3].values()), r[4]] for r in rows])


@case('a text result reads dates, moments, numbers and texts of every kind')
def _():
    with fresh('i bigint, d date, t datetime, x double, n decimal(38,18), s string, b boolean') as table:
        rows = [
            [0, day(1969, 12, 31), datetime.datetime(1969, 12, 31, 23, 59, 59), -0.5, D('99999999999999999999.999999999999999999'), 'a\nb,"c"', True],
            [1, day(9999, 12, 31), datetime.datetime(2038, 1, 19, 3, 14, 8), float('inf'), D('0.000000000000000001'), '', False],
            [2, None, None, None, None, None, None],
        ]
        odps.write_table(table.name, rows)
        for tunnel in (True, False):
            same(rows_of('SELECT * FROM %s ORDER BY i LIMIT 9' % table.name, tunnel=tunnel), rows)


@case('columns that an INSERT does not name get their default')
def _():
    odps.execute_sql("CREATE TABLE with_defaults (a BIGINT DEFAULT 7, b STRING DEFAULT 'q', c DECIMAL(10,2) DEFAULT 1.5, d BIGINT)")
    odps.execute_sql('INSERT INTO with_defaults (d) VALUES (1)')
    odps.execute_sql("INSERT INTO with_defaults (a, b) SELECT NULL, 'own'")
    same(rows_of('SELECT * FROM with_defaults ORDER BY d LIMIT 9'), [[None, 'own', D('1.50'), None], [7, 'q', D('1.50'), 1]])
    odps.delete_table('with_defaults')


@case('groups by ROLLUP, CUBE and GROUPING SETS, in each way of writing them')
def _():
    data = "FROM VALUES (1, 'x', 10), (1, 'y', 20), (2, 'x', 30) t(a, b, c)"
    total = lambda by: sorted(rows_of('SELECT a, b, SUM(c) AS s %s GROUP BY %s' % (data, by)), key=repr)
    rollup = sorted([[1, 'x', 10], [1, 'y', 20], [2, 'x', 30], [1, None, 30], [2, None, 30], [None, None, 60]], key=repr)
    for by in ('a, b WITH ROLLUP', 'ROLLUP(a, b)', 'a, b GROUPING SETS ((a, b), (a), ())', 'GROUPING SETS ((a, b), (a), ())'):
        same((by, total(by)), (by, rollup))
    cube = sorted(rollup + [[None, 'x', 40], [None, 'y', 20]], key=repr)
    same((total('CUBE(a, b)'), total('a, b WITH CUBE')), (cube, cube))
    same(sorted(rows_of('SELECT a, GROUPING(a) %s GROUP BY a WITH ROLLUP' % data), key=repr), [[1, 0], [2, 0], [None, 1]])


@case('DISTRIBUTE BY, SORT BY and CLUSTER BY give all rows, sorted')
def _():
    data = 'FROM VALUES (3, 1), (1, 2), (2, 1) t(a, b)'
    same(rows_of('SELECT a %s DISTRIBUTE BY b SORT BY a DESC' % data), [[3], [2], [1]])
    same(rows_of('SELECT a %s CLUSTER BY a' % data), [[1], [2], [3]])
    same(sorted(rows_of('SELECT a %s DISTRIBUTE BY a' % data)), [[1], [2], [3]])
    same(rows_of('SELECT a, ROW_NUMBER() OVER (DISTRIBUTE BY b SORT BY a) AS n %s ORDER BY a LIMIT 9' % data), [[1, 1], [2, 1], [3, 2]])


@case('nanoseconds are kept by literals, INSERT and queries, and never cut off')
def _():
    import pandas as pd
    with fresh('id bigint, a timestamp, b timestamp_ntz') as table:
        odps.execute_sql("INSERT INTO %s VALUES (1, TIMESTAMP '2020-01-01 00:00:00.123456789', TIMESTAMP_NTZ '1999-01-01 00:00:00'), (2, TIMESTAMP '2020-01-01 00:00:00', NULL)" % table.name)
        found = rows_of('SELECT a, CAST(a AS STRING) AS t FROM %s ORDER BY id LIMIT 9' % table.name)
        same(found, [[pd.Timestamp('2020-01-01 00:00:00.123456789'), '2020-01-01 00:00:00.123456789'], [pd.Timestamp('2020-01-01'), '2020-01-01 00:00:00']])
        same(rows_of("SELECT id FROM %s WHERE a = TIMESTAMP '2020-01-01 00:00:00.123456789'" % table.name), [[1]])
        raises(errors.ODPSError, lambda: odps.execute_sql("SELECT CAST(CONCAT('2020-01-01 00:00:00.123456', '789') AS TIMESTAMP)"), 'nanoseconds')


@case('a partition is renamed with its rows')
def _():
    with fresh(('a bigint', 'dt string')) as table:
        odps.write_table(table.name, [[5]], partition='dt=1', create_partition=True)
        table.get_partition('dt=1').change_partition_spec('dt=2')
        same([str(p) for p in table.partitions], ["dt='2'"])
        same(table_rows(table, 'dt=2'), [[5, '2']])
        raises(errors.ODPSError, lambda: odps.execute_sql("ALTER TABLE %s PARTITION (dt='1') RENAME TO PARTITION (dt='3')" % table.name), 'not found')


@case('what is not served is refused by name')
def _():
    raises(errors.MethodNotAllowed, lambda: odps.create_resource('a.py', 'py', file_obj='x = 1'), 'resources')
    raises(errors.MethodNotAllowed, lambda: odps.create_function('f', class_type='a.B', resources=[]), 'functions')
    same((odps.exist_resource('a.py'), odps.exist_function('f')), (False, False))
    raises(errors.InvalidParameter, lambda: odps.execute_sql_cost('SELECT 1'), 'SQLCost')
    raises(errors.InvalidParameter, lambda: odps.run_security_query('show grants'), 'show grants')
    same(odps.run_security_query('whoami')['DisplayName'], 'synctask')
    for sql, named in (
        ("CREATE EXTERNAL TABLE e (a BIGINT) LOCATION 'oss://x'", 'external'), ("SELECT INTERVAL '1' DAY", 'interval'), ('CREATE TABLE iv (a INTERVAL_DAY_TIME)', 'interval'),
        ("SELECT FROM_UNIXTIME(0)", 'timezone'),
    ):
        hints = {'odps.sql.timezone': 'Asia/Shanghai'} if named == 'timezone' else None
        try:
            options.local_timezone = 'Asia/Shanghai' if hints else False
            raises_any(lambda: odps.execute_sql(sql, hints=hints), named)
        finally:
            options.local_timezone = False


def raises_any(run, text):
    try:
        run()
    except errors.ODPSError as error:
        same((text, text in str(error).lower()), (text, True))
    else:
        raise AssertionError('accepted: ' + text)


@case('an INSERT of too many or too few columns, a partition that is none and a schema that is missing are refused')
def _():
    with fresh('a bigint') as table, fresh(('a bigint', 'dt string')) as parts:
        for values in ('SELECT 1, 2', 'VALUES (1, 2)'):
            raises(errors.ODPSError, lambda: odps.execute_sql('INSERT INTO %s %s' % (table.name, values)), 'ODPS-0130071')
        raises(errors.ODPSError, lambda: odps.execute_sql('INSERT INTO %s (a) SELECT 1, 2' % table.name), 'requires 1')
        raises(errors.ODPSError, lambda: odps.execute_sql("INSERT INTO %s PARTITION (dt) SELECT 1" % parts.name), 'ODPS-0130071')
        same(table_rows(table), [])
        raises(errors.ODPSError, lambda: parts.create_partition('zz=9'), 'ODPS-0130071')
    elsewhere = ODPS(*key, 'local', endpoint=endpoint, schema='never_made')
    raises(errors.ODPSError, lambda: elsewhere.create_table('nowhere', 'a bigint'), 'never_made')
    raises(errors.ODPSError, lambda: elsewhere.execute_sql('CREATE VIEW nowhere AS SELECT 1 AS a'), 'never_made')


@case('the type of a column is widened, and never narrowed')
def _():
    with fresh('a int, b decimal(10,2), c varchar(5)') as table:
        for sql in ('a a BIGINT', 'b b DECIMAL(12,2)', 'c c STRING'):
            odps.execute_sql('ALTER TABLE %s CHANGE COLUMN %s' % (table.name, sql))
        for sql in ('a a INT', 'b b DECIMAL(12,1)', 'c c BIGINT'):
            raises(errors.ODPSError, lambda: odps.execute_sql('ALTER TABLE %s CHANGE COLUMN %s' % (table.name, sql)), 'cannot be changed')
        table.reload()
        same([str(c.type) for c in table.table_schema.columns], ['BIGINT', 'DECIMAL(12,2)', 'STRING'])
