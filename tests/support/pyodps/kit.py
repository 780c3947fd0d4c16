"""What the conformance cases share: one ODPS object, a register of cases, exact comparison. Runs all cases and prints failures."""
import contextlib, datetime, decimal, json, math, os, sys, traceback, uuid, warnings
from odps import ODPS, errors, options, types
from odps.models import TableSchema
from odps.tunnel import CompressOption, InstanceTunnel, TableTunnel

warnings.simplefilter('ignore')
options.sql.use_odps2_extension = True
options.local_timezone = False
options.verbose = False
endpoint = os.environ['ODPS_ENDPOINT']
key = (os.environ['ODPS_ID'], os.environ['ODPS_SECRET'])
odps = ODPS(*key, 'local', endpoint=endpoint)
cases = []


def case(title):
    """Registers a case; its title is a sentence about behaviour."""
    def keep(run):
        cases.append((title, run))
        return run
    return keep


def same(found, due):
    if found != due:
        raise AssertionError('found %r\n    due %r' % (found, due))


def raises(kind, run, text=''):
    """`run` must raise exactly this class of PyODPS."""
    try:
        run()
    except Exception as error:
        if type(error) is not kind:
            raise AssertionError('raised %s: %s' % (type(error).__name__, error))
        if text not in str(error):
            raise AssertionError('%r is not in %r' % (text, str(error)))
        return error
    raise AssertionError('nothing was raised')


@contextlib.contextmanager
def fresh(columns, **named):
    """A table of its own, dropped at the end."""
    name = 't_' + uuid.uuid4().hex[:12]
    yield odps.create_table(name, columns, **named)
    odps.delete_table(name, if_exists=True)


def rows_of(sql, hints=None, tunnel=True):
    with odps.execute_sql(sql, hints=hints).open_reader(tunnel=tunnel) as reader:
        return [list(record.values) for record in reader]


def one(sql, hints=None):
    """The single row of a query."""
    [row] = rows_of(sql, hints)
    return row


def table_rows(table, partition=None):
    with table.open_reader(partition=partition, reopen=True) as reader:
        return [list(record.values) for record in reader]


def run_cases():
    chosen = os.environ.get('CASES', '')
    failed = {}
    for title, run in cases:
        if chosen not in title:
            continue
        try:
            run()
        except AssertionError as error:
            failed[title] = str(error)
        except BaseException:
            failed[title] = ''.join(traceback.format_exc().splitlines(True)[-12:])
    print(json.dumps({'cases': len(cases), 'failed': failed}, default=str))
