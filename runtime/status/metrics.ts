// The status of a task as Prometheus metrics. Names and labels are an interface: dashboards and alerts are built on them.
// Everything is read from one status at the moment of the scrape; nothing is counted here.
import {Counter, Gauge, Registry} from 'prom-client';
import type {TaskHandle} from '../task/handle.ts';
import type {Status, TableProgress, TaskState} from '../task/progress.ts';

const states: Record<TaskState, true> = {
  prechecking: true,
  preparing: true,
  loading: true,
  following: true,
  stopping: true,
  stopped: true,
  failed: true,
  done: true,
};

const tableLabels = ['database', 'table', 'target'] as const;

/** The answer to GET /metrics. */
export interface Metrics {
  contentType: string;
  text: () => Promise<string>;
}

/** What one scrape shows: a status taken once for all metrics. */
interface Scrape {
  status: Status;
}

/** Metrics of `handle`, made once and filled at each scrape. */
export function createMetrics(handle: TaskHandle): Metrics {
  const scrape = {status: handle.status()};
  const registry = new Registry();
  registry.setDefaultLabels({task: scrape.status.name, environment: scrape.status.environment});
  addTaskMetrics(registry, scrape);
  addPaceMetrics(registry, scrape);
  addRelayMetrics(registry, scrape);
  addTableMetrics(registry, scrape);
  addProcessMetrics(registry);
  return {
    contentType: registry.contentType,
    text: () => {
      scrape.status = handle.status();
      return registry.metrics();
    },
  };
}

function gaugesOf(registry: Registry, scrape: Scrape) {
  return (name: string, help: string, value: (status: Status) => number | null) => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const now = value(scrape.status);
        // A gauge without a value is left out of the answer, rather than shown as 0.
        this.reset();
        if (now === null) this.remove();
        else this.set(now);
      },
    });
  };
}

function addTaskMetrics(registry: Registry, scrape: Scrape): void {
  new Gauge({
    name: 'synctask_state',
    help: '1 for the state the task is in, 0 for the others.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const {state} = scrape.status;
      for (const each of Object.keys(states)) this.set({state: each}, each === state ? 1 : 0);
    },
  });
  new Gauge({
    name: 'synctask_hold',
    help: '1 for every named reason for which the task is held now.',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const {reason} of scrape.status.holds) this.set({reason}, 1);
    },
  });
}

function addPaceMetrics(registry: Registry, scrape: Scrape): void {
  const gauge = gaugesOf(registry, scrape);
  gauge(
    'synctask_lag_seconds',
    'Source time minus applied time; absent before following.',
    s => s.lagSeconds,
  );
  gauge(
    'synctask_retention_runway_seconds',
    'Seconds until the binlog that the task needs next may be purged; absent when unknown or never.',
    s => s.retention?.runwaySeconds ?? null,
  );
  gauge(
    'synctask_behind_bytes',
    'Bytes of binlog between the position and its end; absent when unknown.',
    s => s.retention?.behindBytes ?? null,
  );
  gauge(
    'synctask_catch_up_seconds',
    'Seconds until the end of the binlog is read at the present rate; absent when unknown.',
    s => s.retention?.catchUpSeconds ?? null,
  );
  gauge(
    'synctask_load_eta_seconds',
    'Seconds until the full load ends at the present rate; absent when unknown.',
    s => s.loadEtaSeconds,
  );
  gauge(
    'synctask_rows_loaded_per_second',
    'Rows a second into base tables.',
    s => s.rates.rowsLoadedPerSecond,
  );
  gauge(
    'synctask_rows_followed_per_second',
    'Row changes a second into log tables.',
    s => s.rates.rowsFollowedPerSecond,
  );
  gauge(
    'synctask_bytes_read_per_second',
    'Bytes a second read from the source.',
    s => s.rates.bytesReadPerSecond,
  );
  gauge(
    'synctask_start_time_seconds',
    'Unix time at which this runtime started.',
    s => Date.parse(s.startedAt) / 1000,
  );
}

function addRelayMetrics(registry: Registry, scrape: Scrape): void {
  const gauge = gaugesOf(registry, scrape);
  gauge(
    'synctask_relay_log_bytes',
    'Bytes of binlog that are copied to the state folder; absent without a relay log.',
    s => s.relayLog?.bytes ?? null,
  );
  gauge(
    'synctask_relay_log_left_bytes',
    'Bytes of them that were not followed yet; absent without a relay log.',
    s => s.relayLog?.bytesLeft ?? null,
  );
}

function addTableMetrics(registry: Registry, scrape: Scrape): void {
  const counter = (name: string, help: string, value: (table: TableProgress) => number) => {
    new Counter({
      name,
      help,
      labelNames: tableLabels,
      registers: [registry],
      collect() {
        this.reset();
        for (const table of scrape.status.tables) this.inc(labelsOf(table), value(table));
      },
    });
  };
  new Gauge({
    name: 'synctask_table_rows_estimated',
    help: 'Rows of the table as the source estimates them.',
    labelNames: tableLabels,
    registers: [registry],
    collect() {
      this.reset();
      for (const table of scrape.status.tables) this.set(labelsOf(table), table.rowsEstimated);
    },
  });
  new Gauge({
    name: 'synctask_table_lag_seconds',
    help: 'Age of the oldest change of the table that is not committed; absent before it is followed.',
    labelNames: tableLabels,
    registers: [registry],
    collect() {
      this.reset();
      for (const table of scrape.status.tables)
        if (table.lagSeconds !== null) this.set(labelsOf(table), table.lagSeconds);
    },
  });
  counter('synctask_table_rows_loaded_total', 'Rows in base blocks.', t => t.rowsLoaded);
  counter(
    'synctask_table_rows_followed_total',
    'Row changes committed to the log.',
    t => t.rowsFollowed,
  );
  counter('synctask_table_rows_filtered_total', 'Rows left out by filters.', t => t.rowsFiltered);
  counter('synctask_table_rows_set_aside_total', 'Rows set aside.', t => t.rowsSetAside);
  addPolicyMetric(registry, scrape);
}

/** Values that the policies of a table's columns changed: a rise means data that the target cannot hold. */
function addPolicyMetric(registry: Registry, scrape: Scrape): void {
  new Counter({
    name: 'synctask_table_policy_values_total',
    help: 'Values that a policy changed since this runtime started.',
    labelNames: [...tableLabels, 'policy'],
    registers: [registry],
    collect() {
      this.reset();
      for (const table of scrape.status.tables) {
        const {zeroDates, overLong, invalidText} = table.policies;
        this.inc({...labelsOf(table), policy: 'zero-date'}, zeroDates);
        this.inc({...labelsOf(table), policy: 'over-long'}, overLong);
        this.inc({...labelsOf(table), policy: 'invalid-text'}, invalidText);
      }
    },
  });
}

function addProcessMetrics(registry: Registry): void {
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the runtime.',
    registers: [registry],
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the runtime.',
    registers: [registry],
    collect() {
      const {user, system} = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
}

function labelsOf(table: TableProgress): Record<(typeof tableLabels)[number], string> {
  return {database: table.database, table: table.table, target: table.target};
}
