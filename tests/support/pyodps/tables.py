@case('a table is made, found, listed, iterated and dropped')
def _():
    with fresh('id bigint, name string') as table:
        same(odps.exist_table(table.name), True)
        same([t.name for t in odps.list_tables(prefix=table.name)], [table.name])
        same(table.name in {t.name for t in odps.list_tables()}, True)
        same([str(c.type) for c in odps.get_table(table.name).table_schema.columns], ['BIGINT', 'STRING'])
        same(odps.get_table(table.name.upper()).name.lower(), table.name)
    same(odps.exist_table(table.name), False)


@case('a table that exists is refused unless IF NOT EXISTS is said')
def _():
    with fresh('id bigint') as table:
        error = raises(errors.ODPSError, lambda: odps.create_table(table.name, 'id bigint'), 'ODPS-0110061')
        same('exists' in str(error), True)
        odps.create_table(table.name, 'id bigint', if_not_exists=True)


@case('dropping a table that is missing is NoSuchTable, and nothing with IF EXISTS')
def _():
    raises(errors.NoSuchTable, lambda: odps.delete_table('never_made'))
    odps.delete_table('never_made', if_exists=True)


@case('comments, lifecycle, nullability and partitions are described as they were made')
def _():
    columns = [types.Column('a', 'bigint', comment="it's a key", nullable=False), types.Column('b', 'string', comment='näme')]
    keys = [types.Partition('dt', 'string', comment='day')]
    with fresh(TableSchema(columns=columns, partitions=keys), comment='a "table"', lifecycle=7) as made:
        table = odps.get_table(made.name)
        same(table.comment, 'a "table"')
        same(table.lifecycle, 7)
        same([(c.name, c.comment) for c in table.table_schema.columns], [('a', "it's a key"), ('b', 'näme'), ('dt', 'day')])
        same([c.nullable for c in table.table_schema.simple_columns], [False, True])
        same([p.name for p in table.table_schema.partitions], ['dt'])
        same(table.is_virtual_view, False)
        same(table.owner is not None and table.creation_time is not None and table.last_data_modified_time is not None, True)


@case('the extended description answers')
def _():
    with fresh('id bigint') as table:
        table.reload_extend_info()
        same(table.is_archived, False)
        same(table.file_num >= 0 and table.physical_size >= 0, True)


every_type = (
    'c1 tinyint, c2 smallint, c3 int, c4 bigint, c5 float, c6 double, c7 decimal(38,18), c8 decimal(10,2), c9 string, '
    'c10 varchar(20), c11 char(5), c12 binary, c13 boolean, c14 date, c15 datetime, c16 timestamp, c17 timestamp_ntz, '
    'c18 array<bigint>, c19 map<string,double>, c20 struct<a:int,b:array<string>>, c21 json'
)


@case('every type is kept by CREATE TABLE and its description')
def _():
    with fresh(every_type) as table:
        found = [str(c.type).lower().replace('`', '') for c in odps.get_table(table.name).table_schema.columns]
        same(found, [part.strip().split(' ')[1] for part in every_type.replace(', c', ';c').split(';')])


@case('a schema with a wrong type or a doubled column is refused')
def _():
    raises(errors.ParseError, lambda: odps.execute_sql('CREATE TABLE bad_type (a MONEY)'))
    raises(errors.ODPSError, lambda: odps.execute_sql('CREATE TABLE bad_twice (a BIGINT, a STRING)'), 'ODPS-0130071')
    raises(errors.ParseError, lambda: odps.execute_sql('CREATE TABLE bad_syntax a BIGINT'))


@case('partitions are made, found, listed, iterated and dropped')
def _():
    with fresh(('a bigint', 'dt string, hh string')) as table:
        table.create_partition('dt=20260101,hh=01')
        table.create_partition("dt='20260101',hh='02'")
        table.create_partition('dt=20260102,hh=01')
        table.create_partition('dt=20260102,hh=01', if_not_exists=True)
        raises(errors.ODPSError, lambda: table.create_partition('dt=20260102,hh=01'))
        same([str(p) for p in table.partitions], ["dt='20260101',hh='01'", "dt='20260101',hh='02'", "dt='20260102',hh='01'"])
        same([str(p) for p in table.iterate_partitions('dt=20260101')], ["dt='20260101',hh='01'", "dt='20260101',hh='02'"])
        same([str(p) for p in table.iterate_partitions('dt=20260101', reverse=True)], ["dt='20260101',hh='02'", "dt='20260101',hh='01'"])
        same([str(p) for p in table.iterate_partitions('dt>20260101')], ["dt='20260102',hh='01'"])
        same(table.exist_partition('dt=20260101,hh=02'), True)
        same(table.exist_partition('dt=20260101,hh=03'), False)
        same(table.exist_partitions('dt=20260102'), True)
        same(table.exist_partitions('dt=20260103'), False)
        part = table.get_partition('dt=20260101,hh=01')
        same(part.creation_time is not None and part.last_data_modified_time is not None, True)
        part.reload()
        table.delete_partition('dt=20260101,hh=02')
        table.delete_partition('dt=20260101,hh=02', if_exists=True)
        raises(errors.ODPSError, lambda: table.delete_partition('dt=20260101,hh=02'))
        same(table.exist_partition('dt=20260101,hh=02'), False)


@case('the largest partition is found, with and without data')
def _():
    with fresh(('a bigint', 'dt string')) as table:
        table.create_partition('dt=1')
        table.create_partition('dt=2')
        odps.write_table(table.name, [[1]], partition='dt=1')
        same(str(table.get_max_partition()), "dt='1'")
        same(str(table.get_max_partition(skip_empty=False)), "dt='2'")


@case('a partition that is missing is NoSuchPartition')
def _():
    with fresh(('a bigint', 'dt string')) as table:
        raises(errors.NoSuchPartition, lambda: table.get_partition('dt=9').reload())
        raises(errors.NoSuchPartition, lambda: TableTunnel(odps).create_download_session(table.name, partition_spec='dt=9'))
        raises(errors.NoSuchPartition, lambda: TableTunnel(odps).create_upload_session(table.name, partition_spec='dt=9'))


@case('a partitioned table needs a partition, and one without has none')
def _():
    with fresh(('a bigint', 'dt string')) as table, fresh('a bigint') as plain:
        try:
            TableTunnel(odps).create_upload_session(table.name)
        except errors.ODPSError as error:
            same(error.code, 'MissingPartitionSpec')
        else:
            raise AssertionError('accepted')
        try:
            TableTunnel(odps).create_upload_session(plain.name, partition_spec='dt=1')
        except errors.ODPSError as error:
            same(error.code, 'InvalidPartitionSpec')
        else:
            raise AssertionError('accepted')


@case('a table is truncated, whole and by partition')
def _():
    with fresh(('a bigint', 'dt string')) as table:
        for day in '12':
            odps.write_table(table.name, [[int(day)]], partition='dt=' + day, create_partition=True)
        table.truncate('dt=1')
        same(table_rows(table, 'dt=1'), [])
        same(table_rows(table, 'dt=2'), [[2, '2']])
    with fresh('a bigint') as table:
        odps.write_table(table.name, [[1]])
        table.truncate()
        same(table_rows(table), [])


@case('a table is altered: columns, comment, lifecycle, name')
def _():
    with fresh('a bigint, b string') as table:
        table.add_columns('c double, d decimal(10,2)')
        table.delete_columns('b')
        table.rename_column('a', 'aa')
        table.set_comment('new')
        table.set_lifecycle(3)
        table.reload()
        same([(c.name, str(c.type)) for c in table.table_schema.columns], [('aa', 'BIGINT'), ('c', 'DOUBLE'), ('d', 'DECIMAL(10,2)')])
        same((table.comment, table.lifecycle), ('new', 3))
        table.rename(table.name + '_x')
        same(odps.exist_table(table.name), True)
        odps.delete_table(table.name)


@case('the DDL of a table is given')
def _():
    with fresh(('a bigint', 'dt string'), comment='c', lifecycle=2) as table:
        ddl = table.get_ddl()
        same('CREATE TABLE' in ddl and 'PARTITIONED BY' in ddl, True)


@case('the first rows are given by head, with columns and partition')
def _():
    with fresh('a bigint, b string, at datetime, d decimal(10,2)') as table:
        odps.write_table(table.name, [[1, 'x,"y"', datetime.datetime(2020, 1, 2, 3, 4, 5), decimal.Decimal('1.50')], [2, None, None, None], [3, '', None, None]])
        same([r.values[:2] for r in table.head(2)], [[1, 'x,"y"'], [2, None]])
        same(table.head(1)[0].values[2:], [datetime.datetime(2020, 1, 2, 3, 4, 5), decimal.Decimal('1.50')])
        same([r['b'] for r in table.head(3, columns=['b'])], ['x,"y"', None, ''])
    with fresh(('a bigint', 'dt string')) as table:
        odps.write_table(table.name, [[5]], partition='dt=1', create_partition=True)
        same([r[0] for r in table.head(9, partition='dt=1')], [5])


@case('the first rows are given by the preview reader')
def _():
    with fresh('a bigint, b string, at datetime, ts timestamp, l array<bigint>') as table:
        import pandas
        odps.write_table(table.name, [[1, 'x', datetime.datetime(2020, 1, 2, 3, 4, 5), pandas.Timestamp('2020-01-02 03:04:05.123456'), [1, None]], [2, None, None, None, None]])
        with TableTunnel(odps).open_preview_reader(table, limit=1) as reader:
            found = reader.read().to_pydict()
        same((found['a'], found['b'], found['l']), ([1], ['x'], [[1, None]]))
        with TableTunnel(odps).open_preview_reader(table, arrow=False) as reader:
            same([list(r.values)[:2] for r in reader], [[1, 'x'], [2, None]])
        same([r['a'] for r in table.head(5, use_legacy=False)], [1, 2])


@case('schemas keep tables of one name apart')
def _():
    name = 's_' + uuid.uuid4().hex[:8]
    odps.create_schema(name)
    same(odps.exist_schema(name), True)
    same(name in {s.name for s in odps.list_schemas()}, True)
    table = odps.create_table('shared', 'a bigint', schema=name)
    odps.write_table('shared', [[7]], schema=name)
    same(odps.exist_table('shared'), False)
    same([t.name for t in odps.list_tables(schema=name)], ['shared'])
    with odps.get_table('shared', schema=name).open_reader() as reader:
        same([r[0] for r in reader], [7])
    three = ODPS(*key, 'local', endpoint=endpoint, schema=name)
    with three.execute_sql('SELECT a FROM shared').open_reader() as reader:
        same([r[0] for r in reader], [7])
    odps.delete_table('shared', schema=name)
    odps.delete_schema(name)
    same(odps.exist_schema(name), False)


@case('the project answers, another one is missing')
def _():
    same(odps.exist_project('local'), True)
    same(odps.exist_project('elsewhere'), False)
    project = odps.get_project()
    project.reload()
    same(project.owner is not None, True)
    raises(errors.NoSuchProject, lambda: ODPS(*key, 'elsewhere', endpoint=endpoint).get_table('t').reload())


@case('a wrong secret, a wrong key and a clock that is off are refused')
def _():
    raises(errors.SignatureNotMatch, lambda: ODPS(key[0], 'wrong', 'local', endpoint=endpoint).get_project().reload())
    error = None
    try:
        ODPS('nobody', key[1], 'local', endpoint=endpoint).get_project().reload()
    except errors.ODPSError as e:
        error = e
    same(error is not None and type(error).__name__ in ('Unauthorized', 'ODPSError', 'AuthorizationRequired', 'InvalidAccessKeyIdNotFound'), True)
    ODPS(*key, 'local', endpoint=endpoint, region_name='cn-shanghai').get_project().reload()


@case('a missing table is NoSuchTable, a missing instance is NoSuchObject')
def _():
    raises(errors.NoSuchTable, lambda: odps.get_table('never_made').reload())
    same(odps.exist_instance('20200101000000000gnothing'), False)
    raises(errors.NoSuchTable, lambda: TableTunnel(odps).create_upload_session('never_made'))
    raises(errors.NoSuchTable, lambda: odps.execute_sql('SELECT * FROM never_made'))


@case('functions, resources, volumes and the like are listed as empty, views as none')
def _():
    same(list(odps.list_functions()), [])
    same(list(odps.list_resources()), [])
    same(odps.exist_function('nope'), False)
    same(odps.exist_resource('nope.py'), False)
