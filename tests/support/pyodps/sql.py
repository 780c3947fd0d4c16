D = decimal.Decimal
dt = datetime.datetime

expressions = {
    # numbers
    '1 / 2': 0.5, '7 / 2': 3.5, '7 DIV 2': 3, '-7 DIV 2': -3, '7 % 3': 1, '-7 % 3': -1, '1 / 0': None, '1 % 0': None, '0.1 + 0.2': 0.30000000000000004,
    'CAST(1.5 AS DOUBLE) / 0': None, '2 + 3 * 4': 14, '5 & 3': 1, '5 | 3': 7, '5 ^ 3': 6, '~5': -6, '-(-3)': 3,
    'ROUND(2.5)': 3.0, 'ROUND(-2.5)': -3.0, 'ROUND(125.315, 2)': 125.32, 'ROUND(CAST(125.315 AS DOUBLE), 1)': 125.3, 'ROUND(125.315, -2)': 100.0,
    'FLOOR(-1.5)': -2, 'CEIL(1.2)': 2, 'CEILING(1.2)': 2, 'ABS(-3)': 3, 'SIGN(-2.5)': -1.0, 'SQRT(16)': 4.0, 'POW(2, 10)': 1024.0, 'POWER(2, 3)': 8.0,
    'MOD(7, 3)': 1, 'PMOD(-7, 3)': 2, 'GREATEST(1, 3, 2)': 3, 'LEAST(1, 3, 2)': 1, 'LEAST(1, NULL)': None, 'GREATEST(1, NULL)': 1, 'EXP(0)': 1.0, 'LN(1)': 0.0, 'LOG(2, 8)': 3.0, 'LOG2(8)': 3.0, 'LOG10(100)': 2.0,
    'TRUNC(125.815, 1)': 125.8, 'CONV(10, 10, 2)': '1010', "CONV('ff', 16, 10)": '255', 'BIN(5)': '101', 'HEX(255)': 'FF', "HEX('abc')": '616263', "UNHEX('616263')": b'abc',
    'FACTORIAL(5)': 120, 'CBRT(8)': 2.0, 'SHIFTLEFT(1, 4)': 16, 'SHIFTRIGHT(16, 2)': 4, 'BIT_COUNT(7)': 3, 'PI()': math.pi, 'E()': math.e, 'DEGREES(PI())': 180.0, 'ISNAN(CAST(\'NaN\' AS DOUBLE))': True,
    'CAST(1 AS DOUBLE)': 1.0, '3 = 3.0': True, "'10' > 9": True, "'1' = 1": True, '1 <> 2': True, '1 != 2': True, 'NOT TRUE': False, 'NULL = NULL': None, 'NULL <=> NULL': True, '1 <=> NULL': False,
    '1 IN (1, 2)': True, '1 NOT IN (2, 3)': True, '2 BETWEEN 1 AND 3': True, 'NULL IS NULL': True, '9223372036854775807 - 1': 9223372036854775806,
    '1L + 1': 2, '1Y': 1, '1S': 1, '3.14BD': D('3.14'), '1.5D': 1.5, '1e3': 1000.0,
    # text
    "LENGTH('näme')": 4, "LENGTHB('näme')": 5, "CHAR_LENGTH('äö')": 2, "UPPER('aä')": 'AÄ', "TOUPPER('a')": 'A', "TOLOWER('A')": 'a', "LOWER('ÄB')": 'äb',
    "SUBSTR('abc', 2)": 'bc', "SUBSTR('abc', 2, 1)": 'b', "SUBSTR('abc', -2, 1)": 'b', "SUBSTR('abc', -3, 2)": 'ab', "SUBSTR('abc', 0)": '', "SUBSTR('abc', 0, 2)": '', "SUBSTRING('abc', 2, 2)": 'bc', "SUBSTR('abc', 4)": '', "SUBSTR('abc', -5)": '',
    "CONCAT('a', 'b', 'c')": 'abc', "CONCAT('a', NULL)": None, "'a' || 'b'": 'ab', "CONCAT(1, 'a')": '1a', "CONCAT_WS(',', 'a', 'b')": 'a,b', "CONCAT_WS(',', ARRAY('a', 'b'))": 'a,b', "CONCAT_WS(',', 'a', NULL, 'b')": 'a,b',
    "INSTR('Tech on the net', 'e')": 2, "INSTR('Tech on the net', 'e', 3)": 11, "INSTR('Tech on the net', 'e', 1, 3)": 14, "INSTR('abc', 'z')": 0, "LOCATE('b', 'abcb')": 2, "LOCATE('b', 'abcb', 3)": 4,
    "REPLACE('abab', 'a', 'x')": 'xbxb', "TRIM('  a ')": 'a', "LTRIM(' a ')": 'a ', "RTRIM(' a ')": ' a', "TRIM('xaax', 'x')": 'aa', "LPAD('7', 3, '0')": '007', "RPAD('7', 3, 'ab')": '7ab', "LPAD('1234', 2, '0')": '12',
    "REVERSE('abc')": 'cba', "REPEAT('ab', 3)": 'ababab', "SPACE(2)": '  ', "ASCII('A')": 65, "CHR(65)": 'A', "INITCAP('ab cD')": 'Ab Cd', "TRANSLATE('abc', 'ab', 'xy')": 'xyc',
    "SPLIT('a,b,c', ',')": ['a', 'b', 'c'], "SPLIT('a,b,c', ',')[1]": 'b', "SPLIT_PART('a,b,c', ',', 2)": 'b', "SPLIT_PART('a,b,c', ',', 2, 3)": 'b,c', "SPLIT_PART('a,b', ',', 5)": '', "SPLIT_PART('a,b,c', ',', -1)": 'c',
    "REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 1)": 'the', "REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 2)": 'bar', "REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)')": 'the', "REGEXP_EXTRACT('8d99d8', '8d(\\\\d+)d8')": '99', "REGEXP_EXTRACT('8d99d8', '8d(\\\\d+)d8', 0)": '8d99d8',
    "REGEXP_REPLACE('a1b2', '[0-9]', 'x')": 'axbx', "REGEXP_REPLACE('abcd', '(a)(b)', '\\\\2\\\\1')": 'bacd', "REGEXP_COUNT('abab', 'a')": 2, "REGEXP_SUBSTR('I love 100', '[0-9]+')": '100', "REGEXP_INSTR('I love', 'l')": 3,
    "'abc' RLIKE 'b.'": True, "'abc' REGEXP '^b'": False, "'abc' LIKE 'a%'": True, "'a_c' LIKE 'a\\\\_c'": True, "'abc' NOT LIKE '%d'": True,
    "MD5('a')": '0cc175b9c0f1b6a831c399e269772661', "SHA1('a')": '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8', "SHA2('a', 256)": 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb', "BASE64(CAST('abc' AS BINARY))": 'YWJj', "CAST(UNBASE64('YWJj') AS STRING)": 'abc',
    "KEYVALUE('a:1;b:2', 'b')": '2', "KEYVALUE('a=1&b=2', '&', '=', 'a')": '1', "KEYVALUE('a:1', 'z')": None, "FIND_IN_SET('b', 'a,b,c')": 2, "FIELD('b', 'a', 'b')": 2, "ELT(2, 'a', 'b')": 'b', "LEVENSHTEIN('kitten', 'sitting')": 3, "URL_ENCODE('a b&c')": 'a+b%26c', "URL_DECODE('a+b%26c')": 'a b&c', "PARSE_URL('http://e.com/p?k=v#r', 'HOST')": 'e.com', "PARSE_URL('http://e.com/p?k=v', 'QUERY', 'k')": 'v', "SUBSTRING_INDEX('a.b.c', '.', 2)": 'a.b',
    "'it\\'s'": "it's", '"double"': 'double', "'a\\tb'": 'a\tb', "'a\\\\b'": 'a\\b',
    # conditions
    "NVL(NULL, 'x')": 'x', "COALESCE(NULL, NULL, 3)": 3, "IF(1 > 2, 'a', 'b')": 'b', "IF(NULL, 1, 2)": 2, 'NULLIF(1, 1)': None, "CASE 1 WHEN 1 THEN 'x' ELSE 'y' END": 'x', "CASE WHEN 1 > 2 THEN 'x' END": None, "DECODE(2, 1, 'a', 2, 'b', 'c')": 'b', "DECODE(9, 1, 'a', 'c')": 'c', "NVL2(NULL, 1, 2)": 2, "ISNULL(NULL)": True,
    # casts
    "CAST('12' AS BIGINT)": 12, "CAST('x' AS BIGINT)": None, "CAST(1.9 AS BIGINT)": 1, "CAST(-1.9 AS BIGINT)": -1, "CAST('1.5' AS DOUBLE)": 1.5, "CAST(1.0 AS STRING)": '1.0', "CAST(CAST(1.5 AS DOUBLE) AS STRING)": '1.5', "CAST(CAST(1 AS DOUBLE) AS STRING)": '1.0', "CAST(TRUE AS STRING)": 'true', "CAST(1 AS BOOLEAN)": True, "CAST('2020-01-02' AS DATE)": datetime.date(2020, 1, 2), "CAST('2020-01-02 03:04:05' AS DATETIME)": dt(2020, 1, 2, 3, 4, 5), "CAST(DATE '2020-01-02' AS STRING)": '2020-01-02', "CAST(CAST('2020-01-02 03:04:05' AS DATETIME) AS STRING)": '2020-01-02 03:04:05', "CAST(DATETIME '2020-01-02 03:04:05' AS DATE)": datetime.date(2020, 1, 2), "CAST('1.256' AS DECIMAL(10,2))": D('1.26'), "CAST(12.345 AS DECIMAL(10,1))": D('12.3'), "CAST('abc' AS BINARY)": b'abc', "CAST('  12 ' AS BIGINT)": 12,
    # dates
    "DATEADD(DATETIME '2020-01-31 00:00:00', 1, 'mm')": dt(2020, 2, 29), "DATEADD(DATE '2020-02-28', 1, 'dd')": datetime.date(2020, 2, 29), "DATEADD(DATETIME '2020-01-01 00:00:00', -1, 'hh')": dt(2019, 12, 31, 23), "DATE_ADD(DATE '2020-02-28', 2)": datetime.date(2020, 3, 1), "DATE_ADD('2020-02-28', 1)": datetime.date(2020, 2, 29), "DATE_SUB('2020-03-01', 1)": datetime.date(2020, 2, 29), "ADD_MONTHS('2020-01-31', 1)": '2020-02-29', "MONTHS_BETWEEN('2020-03-01', '2020-01-01')": 2.0,
    "DATEDIFF(DATETIME '2020-01-03 00:00:00', DATETIME '2020-01-01 23:59:59', 'dd')": 2, "DATEDIFF('2020-01-03', '2020-01-01')": 2, "DATEDIFF(DATETIME '2020-03-01 00:00:00', DATETIME '2020-01-31 00:00:00', 'mm')": 2, "DATEDIFF(DATETIME '2020-01-01 02:00:00', DATETIME '2020-01-01 00:30:00', 'hh')": 2, "DATEDIFF(DATETIME '2020-01-01 00:01:00', DATETIME '2020-01-01 00:00:30', 'ss')": 30,
    "DATETRUNC(DATETIME '2020-05-06 07:08:09', 'mm')": dt(2020, 5, 1), "DATETRUNC(DATETIME '2020-05-06 07:08:09', 'hh')": dt(2020, 5, 6, 7), "DATEPART(DATETIME '2020-05-06 07:08:09', 'mi')": 8, "YEAR('2020-05-06')": 2020, "YEAR(DATE '2020-05-06')": 2020, "MONTH(DATETIME '2020-05-06 00:00:00')": 5, "DAY(DATE '2020-05-06')": 6, "DAYOFMONTH('2020-05-06')": 6, "HOUR('2020-05-06 07:08:09')": 7, "MINUTE(DATETIME '2020-05-06 07:08:09')": 8, "SECOND('2020-05-06 07:08:09')": 9, "QUARTER(DATE '2020-05-06')": 2, "WEEKDAY(DATETIME '2020-05-06 00:00:00')": 2, "WEEKOFYEAR('2020-05-06')": 19, "DAYOFWEEK('2020-05-06')": 4, "DAYOFYEAR('2020-05-06')": 127, "LAST_DAY('2020-02-01')": '2020-02-29', "LASTDAY(DATETIME '2020-02-01 00:00:00')": dt(2020, 2, 29), "NEXT_DAY('2020-05-06', 'MO')": '2020-05-11', "TO_DATE('20200506', 'yyyymmdd')": dt(2020, 5, 6), "TO_DATE('2020-05-06 01:02:03', 'yyyy-mm-dd hh:mi:ss')": dt(2020, 5, 6, 1, 2, 3), "TO_DATE('2020-05-06')": datetime.date(2020, 5, 6), "TO_CHAR(DATETIME '2020-05-06 13:02:03', 'yyyy-mm-dd hh:mi:ss')": '2020-05-06 13:02:03', "TO_CHAR(DATE '2020-05-06', 'yyyymmdd')": '20200506', "DATE_FORMAT(DATETIME '2020-05-06 13:02:03', 'yyyy-MM-dd HH:mm:ss')": '2020-05-06 13:02:03', "DATE_FORMAT('2020-05-06', 'yyyyMM')": '202005', "FROM_UNIXTIME(0)": dt(1970, 1, 1), "FROM_UNIXTIME(0, 'yyyy-MM-dd')": '1970-01-01', "UNIX_TIMESTAMP(DATETIME '1970-01-01 00:00:01')": 1, "UNIX_TIMESTAMP('1970-01-01 00:01:00')": 60, "TO_MILLIS(DATETIME '1970-01-01 00:00:01')": 1000, "ISDATE('20200506', 'yyyymmdd')": True, "ISDATE('x', 'yyyymmdd')": False, "EXTRACT(YEAR FROM DATE '2020-05-06')": 2020, "DATE '2020-05-06' > DATE '2020-05-05'": True, "DATETIME '2020-05-06 00:00:00' = DATE '2020-05-06'": True, "TO_CHAR(123)": '123', "TIMESTAMP '2020-05-06 01:02:03.5' IS NOT NULL": True, 'GETDATE() IS NOT NULL': True, 'CURRENT_TIMESTAMP() IS NOT NULL': True, 'CURRENT_DATE() IS NOT NULL': True, 'NOW() IS NOT NULL': True, "DATE '2020-05-06' + INTERVAL 1 DAY = DATE '2020-05-07'": True,
    # collections
    'ARRAY(1, 2, 3)[0]': 1, 'ARRAY(1, 2, 3)[9]': None, 'SIZE(ARRAY(1, 2))': 2, "SIZE(MAP('a', 1))": 1, "MAP('a', 1)['a']": 1, "MAP('a', 1)['z']": None, "MAP(1, 'x', 2, 'y')[2]": 'y', "MAP_KEYS(MAP('a', 1))": ['a'], "MAP_VALUES(MAP('a', 1))": [1], "ARRAY_CONTAINS(ARRAY(1, 2), 2)": True, "SORT_ARRAY(ARRAY(3, 1, 2))": [1, 2, 3], "ARRAY_DISTINCT(ARRAY(1, 1, 2))": [1, 2], "ARRAY_JOIN(ARRAY('a', 'b'), '-')": 'a-b', "ARRAY_MAX(ARRAY(1, 3))": 3, "ARRAY_MIN(ARRAY(1, 3))": 1, "ARRAY_POSITION(ARRAY('a', 'b'), 'b')": 2, "ARRAY_REMOVE(ARRAY(1, 2), 1)": [2], "ARRAY_UNION(ARRAY(1), ARRAY(2))": [1, 2], "ARRAY_INTERSECT(ARRAY(1, 2), ARRAY(2))": [2], "ARRAY_EXCEPT(ARRAY(1, 2), ARRAY(2))": [1], "ARRAY_REPEAT('a', 2)": ['a', 'a'], "ARRAYS_OVERLAP(ARRAY(1, 2), ARRAY(2))": True, "SLICE(ARRAY(1, 2, 3), 2, 2)": [2, 3], "FLATTEN(ARRAY(ARRAY(1), ARRAY(2)))": [1, 2], "SEQUENCE(1, 3)": [1, 2, 3], "NAMED_STRUCT('a', 1, 'b', 'x').b": 'x', "STRUCT(1, 'x').col2": 'x', "STR_TO_MAP('a:1,b:2', ',', ':')['b']": '2', "TRANSFORM(ARRAY(1, 2), x -> x + 1)": [2, 3], "FILTER(ARRAY(1, 2, 3), x -> x > 1)": [2, 3], "MAP_FROM_ENTRIES(ARRAY(STRUCT('a', 1)))['a']": 1, "MAP_CONCAT(MAP('a', 1), MAP('b', 2))['b']": 2, "ELEMENT_AT(ARRAY(5, 6), 2)": 6,
    # JSON
    "GET_JSON_OBJECT('{\"a\":{\"b\":[1,2]}}', '$.a.b[1]')": '2', "GET_JSON_OBJECT('{\"a\":\"x\"}', '$.a')": 'x', "GET_JSON_OBJECT('{\"a\":{\"b\":1}}', '$.a')": '{"b":1}', "GET_JSON_OBJECT('{}', '$.z')": None, "GET_JSON_OBJECT('no json', '$.a')": None, "GET_JSON_OBJECT('{\"a\":null}', '$.a')": None, "GET_JSON_OBJECT('{\"a\":[{\"b\":1},{\"b\":2}]}', '$.a[*].b')": '[1,2]', "TO_JSON(NAMED_STRUCT('a', 1))": '{"a":1}', "FROM_JSON('{\"a\":1}', 'a int').a": 1, "FROM_JSON('[1,2]', 'array<int>')[1]": 2,
    "CAST(JSON '{\"a\":1}' AS STRING) IS NOT NULL": True,
}


def differs(found, due):
    if type(found) is float and isinstance(due, float) and abs(found - due) < 1e-9:
        return False
    return found != due or isinstance(found, bool) != isinstance(due, bool)


@case('expressions mean what the documentation says')
def _():
    wrong = []
    items = list(expressions.items())
    for at in range(0, len(items), 20):
        part = items[at:at + 20]
        try:
            values = one('SELECT ' + ', '.join('%s AS c%d' % (sql, i) for i, (sql, _) in enumerate(part)))
            wrong += ['%s: found %r, due %r' % (sql, v, due) for v, (sql, due) in zip(values, part) if differs(v, due)]
            continue
        except errors.ODPSError:
            pass
        for sql, due in part:
            try:
                [found] = one('SELECT ' + sql)
                if differs(found, due):
                    wrong.append('%s: found %r, due %r' % (sql, found, due))
            except errors.ODPSError as error:
                wrong.append('%s: %s' % (sql, str(error)[-300:]))
    same(wrong, [])


@case('a statement runs to its end, shows its progress, its tasks and its summary')
def _():
    job = odps.run_sql('SELECT 1 AS a')
    job.wait_for_success()
    same((job.is_successful(), job.is_terminated(), job.status.value), (True, True, 'Terminated'))
    [name] = job.get_task_names()
    same(job.get_task_statuses()[name].status.value, 'SUCCESS')
    same(job.get_task_progress(name).get_stage_progress_formatted_string() is not None, True)
    job.get_task_summary(name)
    job.get_task_detail2(name)
    same(job.get_logview_address().startswith('http'), True)
    same(job.start_time is not None and job.end_time is not None, True)
    same(odps.exist_instance(job.id), True)
    same(odps.get_instance(job.id).get_sql_query().strip().rstrip(';'), 'SELECT 1 AS a')
    same(job.id in {i.name for i in odps.list_instances()}, True)
    odps.run_sql('SELECT 1').stop()


@case('a result is read through the tunnel and as text, record by record and as a frame')
def _():
    for tunnel in (True, False):
        found = rows_of("SELECT * FROM (SELECT 1 AS a, 'x\"y' AS b, CAST(NULL AS STRING) AS c UNION ALL SELECT 2, '', 'z') t ORDER BY a LIMIT 9", tunnel=tunnel)
        same(found, [[1, 'x"y', None], [2, '', 'z']])
    with odps.execute_sql('SELECT 1 AS a').open_reader(tunnel=True, arrow=True) as reader:
        import pyarrow as pa
        same(pa.Table.from_batches(list(reader)).to_pydict(), {'a': [1]})
    with odps.execute_sql('SHOW TABLES').open_reader() as reader:
        same(isinstance(reader.raw, str), True)
    same(odps.execute_sql('CREATE TABLE IF NOT EXISTS nothing (a BIGINT)').get_task_result(), '')
    odps.delete_table('nothing')


@case('more rows than a text result holds come through the tunnel')
def _():
    with fresh('a bigint') as table:
        odps.write_table(table.name, [[i] for i in range(12000)])
        same(len(rows_of('SELECT a FROM ' + table.name)), 12000)
        same(len(rows_of('SELECT a FROM ' + table.name, tunnel=False)), 10000)


@case('failures are of the class that PyODPS knows')
def _():
    raises(errors.ParseError, lambda: odps.execute_sql('SELEC 1'))
    raises(errors.NoSuchTable, lambda: odps.execute_sql('SELECT * FROM missing_table'))
    raises(errors.ODPSError, lambda: odps.execute_sql('SELECT nope FROM (SELECT 1 AS a) t'), 'ODPS-0130071')
    raises(errors.ODPSError, lambda: odps.execute_sql('SELECT no_such_function(1)'), 'no_such_function')
    raises(errors.NoSuchTable, lambda: odps.execute_sql('UPDATE missing_table SET a = 1'))


def with_people(run):
    with fresh('id bigint, name string, dept string, pay double, tags array<string>, marks map<string,bigint>') as table:
        odps.write_table(table.name, [
            [1, 'ann', 'a', 10.0, ['x', 'y'], {'m': 1, 'n': 2}], [2, 'bob', 'a', 20.0, [], {}], [3, 'cy', 'b', 30.0, None, None], [4, None, 'b', None, ['z'], {'m': 9}],
        ])
        run(table.name)


@case('joins, groups, windows, subqueries and WITH answer')
def _():
    def run(t):
        asked = {
            'SELECT dept, COUNT(*), COUNT(pay), SUM(pay), AVG(pay), MAX(name) FROM %s GROUP BY dept ORDER BY dept LIMIT 9': [['a', 2, 2, 30.0, 15.0, 'bob'], ['b', 2, 1, 30.0, 30.0, 'cy']],
            'SELECT dept FROM %s GROUP BY dept HAVING COUNT(name) > 1': [['a']],
            'SELECT id, ROW_NUMBER() OVER (PARTITION BY dept ORDER BY id DESC) FROM %s ORDER BY id LIMIT 9': [[1, 2], [2, 1], [3, 2], [4, 1]],
            'SELECT id, LAG(id) OVER (ORDER BY id), LEAD(id, 1, 0) OVER (ORDER BY id), SUM(pay) OVER (PARTITION BY dept) FROM %s ORDER BY id LIMIT 9': [[1, None, 2, 30.0], [2, 1, 3, 30.0], [3, 2, 4, 30.0], [4, 3, 0, 30.0]],
            'SELECT id, SUM(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), FIRST_VALUE(id) OVER (ORDER BY id) FROM %s ORDER BY id LIMIT 9': [[1, 1, 1], [2, 3, 1], [3, 5, 1], [4, 7, 1]],
            'WITH x AS (SELECT id, pay FROM %s WHERE pay > 10), y AS (SELECT id FROM x) SELECT COUNT(*) FROM y': [[2]],
            'SELECT a.id, b.id FROM %s a LEFT JOIN (SELECT id FROM {t} WHERE id > 2) b ON a.id = b.id ORDER BY a.id LIMIT 9': [[1, None], [2, None], [3, 3], [4, 4]],
            'SELECT id FROM %s WHERE id IN (SELECT MAX(id) FROM {t})': [[4]],
            'SELECT id FROM %s a WHERE EXISTS (SELECT 1 FROM {t} b WHERE b.id = a.id + 3)': [[1]],
            'SELECT DISTINCT dept FROM %s ORDER BY dept LIMIT 9': [['a'], ['b']],
            'SELECT id FROM %s WHERE id = 1 UNION ALL SELECT id FROM {t} WHERE id = 1': [[1], [1]],
            'SELECT id FROM %s WHERE id = 1 UNION SELECT id FROM {t} WHERE id = 1': [[1]],
            'SELECT /*+ MAPJOIN(b) */ COUNT(*) FROM %s a JOIN {t} b ON a.id <= b.id': [[10]],
            'SELECT name FROM %s ORDER BY name LIMIT 2': [[None], ['ann']],
            'SELECT name FROM %s ORDER BY name DESC LIMIT 1': [['cy']],
            'SELECT id FROM %s ORDER BY id LIMIT 2 OFFSET 1': [[2], [3]],
            'SELECT COUNT(DISTINCT dept), COUNT_IF(id > 2), ANY_VALUE(dept) IS NOT NULL, MEDIAN(id), STDDEV(id) FROM %s': [[2, 2, True, 2.5, 1.118033988749895]],
            'SELECT dept, WM_CONCAT(\',\', name) FROM %s WHERE name IS NOT NULL GROUP BY dept ORDER BY dept LIMIT 9': [['a', 'ann,bob'], ['b', 'cy']],
            'SELECT SORT_ARRAY(COLLECT_LIST(name)), SIZE(COLLECT_SET(dept)) FROM %s': [[['ann', 'bob', 'cy'], 2]],
            'SELECT MAX_BY(name, pay), MIN_BY(name, pay), ARG_MAX(pay, name) FROM %s': [['cy', 'ann', 30.0]],
            'SELECT ID, `Name` FROM %s WHERE Id = 1': [[1, 'ann']],
            'SELECT dept, SUM(pay) FROM %s GROUP BY ROLLUP(dept) ORDER BY dept LIMIT 9': [[None, 60.0], ['a', 30.0], ['b', 30.0]],
            'SELECT COUNT(*) FROM %s a LEFT SEMI JOIN (SELECT 1 AS k) b ON a.id = b.k': [[1]],
            'SELECT id, tag FROM %s LATERAL VIEW EXPLODE(tags) e AS tag ORDER BY id, tag LIMIT 9': [[1, 'x'], [1, 'y'], [4, 'z']],
            'SELECT id, tag FROM %s LATERAL VIEW OUTER EXPLODE(tags) e AS tag ORDER BY id, tag LIMIT 9': [[1, 'x'], [1, 'y'], [2, None], [3, None], [4, 'z']],
            'SELECT id, k, v FROM %s LATERAL VIEW EXPLODE(marks) e AS k, v ORDER BY id, k LIMIT 9': [[1, 'm', 1], [1, 'n', 2], [4, 'm', 9]],
            'SELECT id, p, tag FROM %s LATERAL VIEW POSEXPLODE(tags) e AS p, tag ORDER BY id, p LIMIT 9': [[1, 0, 'x'], [1, 1, 'y'], [4, 0, 'z']],
            "SELECT x, y FROM (SELECT '{\"a\":1,\"b\":\"q\"}' AS j FROM %s WHERE id = 1) s LATERAL VIEW JSON_TUPLE(j, 'a', 'b') e AS x, y": [['1', 'q']],
            "SELECT w, COUNT(*) FROM (SELECT 'a b a' AS line FROM %s WHERE id = 1) s LATERAL VIEW EXPLODE(SPLIT(line, ' ')) e AS w GROUP BY w ORDER BY w LIMIT 9": [['a', 2], ['b', 1]],
            "SELECT tags[0], tags[id], marks['m'], SIZE(marks) FROM %s WHERE id = 1": [['x', 'y', 1, 2]],
            "SELECT EXPLODE(ARRAY(1, 2)) AS n FROM %s WHERE id = 1": [[1], [2]],
            "FROM %s SELECT id WHERE id = 1": [[1]],
            "SELECT name, CONCAT(name, '!') , name || '?' FROM %s WHERE id > 3": [[None, None, None]],
        }
        wrong = []
        for sql, due in asked.items():
            sql = (sql % t).replace('{t}', t)
            try:
                found = rows_of(sql)
            except errors.ODPSError as error:
                found = str(error)[-300:]
            if found != due:
                wrong.append((sql, found, due))
        same(wrong, [])
    with_people(run)


@case('rows are inserted, overwritten and put into partitions that appear')
def _():
    with fresh('a bigint, b string, d decimal(10,2)') as table:
        t = table.name
        odps.execute_sql("INSERT INTO %s VALUES (1, 'x', 1.25), (2, NULL, NULL)" % t)
        odps.execute_sql("INSERT INTO TABLE %s (b, a) SELECT 'y', 3" % t)
        odps.execute_sql('INSERT INTO %s SELECT a + 10, b, d FROM %s WHERE a = 1' % (t, t))
        same(sorted(rows_of('SELECT a, b, d FROM ' + t)), [[1, 'x', D('1.25')], [2, None, None], [3, 'y', None], [11, 'x', D('1.25')]])
        odps.execute_sql("INSERT OVERWRITE TABLE %s SELECT a, b, d FROM %s WHERE a = 3" % (t, t))
        same(rows_of('SELECT a, b FROM ' + t), [[3, 'y']])
    with fresh('a bigint, d decimal(38,18), s string') as table:
        odps.execute_sql("INSERT INTO %s SELECT 1.9, 0.1, DATETIME '2020-01-01 00:00:00'" % table.name)
        same(rows_of('SELECT * FROM ' + table.name), [[1, D('0.1'), '2020-01-01 00:00:00']])
    with fresh(('a bigint', 'dt string, hh bigint')) as table:
        t = table.name
        odps.execute_sql("INSERT INTO %s PARTITION (dt='1', hh=1) VALUES (1)" % t)
        odps.execute_sql("INSERT INTO %s PARTITION (dt, hh) SELECT 2, '2', 2" % t)
        odps.execute_sql("INSERT INTO %s PARTITION (dt='1', hh) SELECT 3, 3" % t)
        odps.execute_sql("INSERT OVERWRITE TABLE %s PARTITION (dt='1', hh=1) SELECT 9" % t)
        odps.execute_sql("INSERT OVERWRITE TABLE %s PARTITION (dt, hh) SELECT 7, '2', 2" % t)
        same(rows_of("SELECT a, dt, hh FROM %s WHERE dt > '' ORDER BY a LIMIT 9" % t), [[3, '1', 3], [7, '2', 2], [9, '1', 1]])
        same(sorted(str(p) for p in table.partitions), ["dt='1',hh='1'", "dt='1',hh='3'", "dt='2',hh='2'"])
    with fresh('a bigint') as first, fresh('a bigint') as second:
        odps.execute_sql('INSERT INTO %s VALUES (1), (2), (3)' % first.name)
        odps.execute_sql('CREATE TABLE made_as AS SELECT a, a / 2 AS h FROM ' + first.name)
        same(sorted(rows_of('SELECT * FROM made_as')), [[1, 0.5], [2, 1.0], [3, 1.5]])
        odps.execute_sql('CREATE TABLE made_like LIKE made_as')
        same([str(c.type) for c in odps.get_table('made_like').table_schema.columns], ['BIGINT', 'DOUBLE'])
        odps.delete_table('made_as')
        odps.delete_table('made_like')


@case('a scan without a partition condition is refused unless it is allowed')
def _():
    with fresh(('a bigint', 'dt string')) as table:
        t = table.name
        odps.execute_sql("INSERT INTO %s PARTITION (dt='1') VALUES (1)" % t)
        for sql in ('SELECT * FROM %s', 'SELECT COUNT(*) FROM %s WHERE a = 1', "SELECT * FROM (SELECT a FROM {t} WHERE dt = '1' UNION ALL SELECT a FROM %s) x", "SELECT x.a FROM {t} x JOIN %s y ON x.a = y.a WHERE x.dt = '1'"):
            raises(errors.ODPSError, lambda: odps.execute_sql((sql % t).replace('{t}', t)), 'full scan')
        same(rows_of('SELECT a FROM ' + t, hints={'odps.sql.allow.fullscan': 'true'}), [[1]])
        with odps.execute_sql('SET odps.sql.allow.fullscan=true; SELECT a FROM ' + t).open_reader() as reader:
            same([r[0] for r in reader], [1])
        same(rows_of("SELECT * FROM (SELECT * FROM %s) x WHERE dt = '1'" % t), [[1, '1']])
        same(rows_of("WITH x AS (SELECT * FROM %s) SELECT a FROM x WHERE dt = '1'" % t), [[1]])
        same(rows_of("SELECT x.a FROM {t} x JOIN {t} y ON x.a = y.a AND y.dt = '1' WHERE x.dt = '1'".replace('{t}', t)), [[1]])


@case('UPDATE, DELETE and MERGE change transactional tables only')
def _():
    with fresh('id bigint, v string', transactional=True) as table, fresh('id bigint') as plain:
        t = table.name
        odps.execute_sql("INSERT INTO %s VALUES (1, 'a'), (2, 'b'), (3, 'c')" % t)
        odps.execute_sql("UPDATE %s SET v = CONCAT(v, '!') WHERE id = 1" % t)
        odps.execute_sql('DELETE FROM %s WHERE id = 2' % t)
        odps.execute_sql(
            "MERGE INTO %s AS t USING (SELECT 3 AS id, 'z' AS v UNION ALL SELECT 4, 'n') s ON t.id = s.id "
            "WHEN MATCHED THEN UPDATE SET t.v = s.v WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.v)" % t)
        same(rows_of('SELECT id, v FROM %s ORDER BY id LIMIT 9' % t), [[1, 'a!'], [3, 'z'], [4, 'n']])
        raises(errors.ODPSError, lambda: odps.execute_sql('UPDATE %s SET id = 1' % plain.name), 'ODPS-0130071')


@case('SHOW and DESC answer')
def _():
    with fresh(('a bigint', 'dt string'), comment='about') as table:
        table.create_partition('dt=1')
        text = lambda sql: odps.execute_sql(sql).get_task_result()
        for sql, part in (('SHOW TABLES', table.name), ('SHOW PARTITIONS ' + table.name, 'dt=1'), ('SHOW CREATE TABLE ' + table.name, 'PARTITIONED BY'), ('DESC ' + table.name, 'about'), ('DESC EXTENDED ' + table.name, 'bigint'), ('SHOW SCHEMAS', 'default'), ("DESC %s PARTITION (dt='1')" % table.name, 'dt')):
            found = str(odps.execute_sql(sql).get_task_result() or odps.execute_sql(sql).open_reader().raw)
            same((sql, part.lower() in found.lower()), (sql, True))


@case('EXPLAIN gives a text')
def _():
    same(isinstance(odps.execute_sql('EXPLAIN SELECT 1').open_reader().raw, str), True)
