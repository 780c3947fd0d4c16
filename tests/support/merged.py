"""Reads t_base and t_log with PyODPS and merges them, sharing nothing with the product.

Input (stdin): {"table", "key": [names] or null, "columns": [{"name", "kind"}], "names": {...}, "atLeastOnce": whether equal rows
may stand twice in the log}; output: sorted rows as JSON.
kind: text | hex | float; every cell comes as text or null. Checks the log's own invariants (I3, I4) on the way.
"""
import collections, json, os, sys
from odps import ODPS

job = json.load(sys.stdin)
odps = ODPS(os.environ['ODPS_ID'], os.environ['ODPS_SECRET'], os.environ['ODPS_PROJECT'], os.environ['ODPS_ENDPOINT'])
names = job['names']

def cell(column):
    name = '`%s`' % column['name']
    if column['kind'] == 'hex':
        return 'HEX(%s)' % name
    return 'CAST(%s AS STRING)' % name

def rows(sql):
    hints = {'odps.sql.allow.fullscan': 'true', 'odps.sql.type.system.odps2': 'true'}
    with odps.execute_sql(sql, hints=hints).open_reader(tunnel=True) as reader:
        return [list(record.values) for record in reader]

cells = ', '.join('%s AS c%d' % (cell(c), i) for i, c in enumerate(job['columns']))
base = [tuple(r) for r in rows('SELECT %s FROM `%s_base`' % (cells, job['table']))]
meta = ', '.join('CAST(`%s` AS STRING) AS m%d' % (n, i) for i, n in enumerate(
    [names['recordId'], names['operationFlag'], names['beforeFlag'], names['afterFlag']]))
log = [(int(r[0]), r[1], r[2], r[3], tuple(r[4:])) for r in rows('SELECT %s, %s FROM `%s_log`' % (meta, cells, job['table']))]
stood = len(log)
if job['atLeastOnce']:
    # Doubles are allowed, but only as whole equal rows: another row with the same id stays, and is a problem below.
    log = list(dict.fromkeys(log))
log.sort(key=lambda r: (r[0], r[3]))

problems = []
seen = collections.Counter((r[0], r[3]) for r in log)
for (record, after), count in seen.items():
    if count != 1:
        problems.append('record id %d with after flag %s stands %d times' % (record, after, count))
by_id = collections.defaultdict(list)
for r in log:
    by_id[r[0]].append(r)
for record, group in by_id.items():
    shape = sorted((r[1], r[2], r[3]) for r in group)
    if shape not in ([('I', 'N', 'Y')], [('D', 'Y', 'N')], [('U', 'N', 'Y'), ('U', 'Y', 'N')]):
        problems.append('record id %d has the rows %s' % (record, shape))

if job['key'] is None:
    bag = collections.Counter(base)
    for _, _, before, after, values in log:
        bag[values] += 1 if after == 'Y' else -1
    for values, count in bag.items():
        if count < 0:
            problems.append('a row was removed %d times more often than it was there' % -count)
    merged = [values for values, count in bag.items() for _ in range(count)]
else:
    at = [i for i, c in enumerate(job['columns']) if c['name'] in job['key']]
    of = lambda values: tuple(values[i] for i in at)
    table = {}
    for values in base:
        if of(values) in table:
            problems.append('the base has the key %s twice' % (of(values),))
        table[of(values)] = values
    for _, _, before, after, values in log:
        if after == 'Y':
            table[of(values)] = values
        else:
            table.pop(of(values), None)
    merged = list(table.values())
json.dump({'rows': merged, 'problems': problems, 'base': len(base), 'log': len(log), 'doubles': stood - len(log)}, sys.stdout)
