// Wrong task files, retry, alerts, prechecks and where it runs: each is answered with exactly its own field, value, cause and fix.
import test from 'ava';
import {answered} from '../../support/wrongTask.ts';

test(
  answered,
  'a retry time below 10 minutes',
  {retry: {connectionMinutes: 5, otherMinutes: 1}},
  {
    where: 'retry.connectionMinutes',
    observed: '5',
    cause: 'retry.connectionMinutes: must be at least 10; it is 5.',
    fix: 'Change retry.connectionMinutes: it must be at least 10.',
  },
);
test(
  answered,
  'a retry time in hours',
  {retry: {connectionMinutes: '12h'}},
  {
    where: 'retry.connectionMinutes',
    observed: '"12h"',
    cause: 'retry.connectionMinutes: must be a number; it is "12h".',
    fix: 'Write retry.connectionMinutes as a number alone: its unit is the one in its name.',
  },
);
test(
  answered,
  'more minutes for other trouble than for connections',
  {retry: {connectionMinutes: 10, otherMinutes: 11}},
  {
    where: 'retry.otherMinutes',
    observed: '11',
    cause: 'retry.otherMinutes: must not be above connectionMinutes; it is 11.',
    fix: 'Change retry.otherMinutes: it must not be above connectionMinutes.',
  },
);
test(
  answered,
  'an alert of another kind',
  {alerts: [{on: 'error', webhook: 'ops'}], alertWebhooks: {ops: {env: 'OPS'}}},
  {
    where: 'alerts[0].on',
    observed: '"error"',
    cause: 'alerts[0].on: must be one of failure, lag, retention; it is "error".',
    fix: 'Change alerts[0].on: it must be one of failure, lag, retention.',
  },
);
test(
  answered,
  'a lag alert without threshold',
  {alerts: [{on: 'lag', webhook: 'ops'}], alertWebhooks: {ops: {env: 'OPS'}}},
  {
    where: 'alerts[0].lagSeconds',
    observed: null,
    cause: 'alerts[0].lagSeconds: must be given where on is lag.',
    fix: 'Change alerts[0].lagSeconds: it must be given where on is lag.',
  },
);
test(
  answered,
  'a failure alert with a threshold',
  {alerts: [{on: 'failure', lagSeconds: 60, webhook: 'ops'}], alertWebhooks: {ops: {env: 'OPS'}}},
  {
    where: 'alerts[0].lagSeconds',
    observed: '60',
    cause: 'alerts[0].lagSeconds: must not be given where on is failure; it is 60.',
    fix: 'Change alerts[0].lagSeconds: it must not be given where on is failure.',
  },
);
test(
  answered,
  'an alert to an address that is not there',
  {alerts: [{on: 'failure', webhook: 'ops'}]},
  {
    where: 'alerts[0].webhook',
    observed: '"ops"',
    cause: 'alerts[0].webhook: names no entry of alertWebhooks; it is "ops".',
    fix: 'Add alertWebhooks.ops, or name one of: none is given.',
  },
);
test(
  answered,
  'an alert with a place that is none',
  {
    alerts: [{on: 'failure', webhook: 'ops', template: '{host} failed'}],
    alertWebhooks: {ops: {env: 'OPS'}},
  },
  {
    where: 'alerts[0].template',
    observed: '"{host} failed"',
    cause:
      'alerts[0].template: must not have places in braces but {task} {environment} {event} {state} {text} {lagSeconds} {code} {at}; it is "{host} failed".',
    fix: 'Change alerts[0].template: it must not have places in braces but {task} {environment} {event} {state} {text} {lagSeconds} {code} {at}.',
  },
);
test(
  answered,
  'a webhook that is no address',
  {alertWebhooks: {ops: 'hooks.slack.com/hidden-value'}},
  {
    where: 'alertWebhooks.ops',
    observed: null,
    cause: 'alertWebhooks.ops: must be an http:// or https:// address, or {"env": "NAME"}.',
    fix: 'Change alertWebhooks.ops; docs/spec.md lists every setting with its range.',
  },
);
test(
  answered,
  'an empty environment',
  {environment: ''},
  {
    where: 'environment',
    observed: '""',
    cause: 'environment: must be 1 to 64 letters, digits, spaces or . _ : @ -; it is "".',
    fix: 'Change environment: it must be 1 to 64 letters, digits, spaces or . _ : @ -.',
  },
);
test(
  answered,
  'an environment of two lines',
  {environment: 'a\nb'},
  {
    where: 'environment',
    observed: '"a\\nb"',
    cause: 'environment: must be 1 to 64 letters, digits, spaces or . _ : @ -; it is "a\\nb".',
    fix: 'Change environment: it must be 1 to 64 letters, digits, spaces or . _ : @ -.',
  },
);
test(
  answered,
  'a place of prechecks that is none',
  {precheckFrom: 'here'},
  {
    where: 'precheckFrom',
    observed: '"here"',
    cause: 'precheckFrom: must be one of provider, runtime; it is "here".',
    fix: 'Change precheckFrom: it must be one of provider, runtime.',
  },
);
test(
  answered,
  'a preflight as a switch',
  {preflight: true},
  {
    where: 'preflight',
    observed: 'true',
    cause: 'preflight: must be one of offline, live; it is true.',
    fix: 'Change preflight: it must be one of offline, live.',
  },
);
test(
  answered,
  'an acknowledgement as one text',
  {acknowledge: 'P20'},
  {
    where: 'acknowledge',
    observed: '"P20"',
    cause: 'acknowledge: must be a list; it is "P20".',
    fix: 'Write acknowledge as a list: ["P20"].',
  },
);
test(
  answered,
  'an acknowledgement without its letter',
  {acknowledge: ['20']},
  {
    where: 'acknowledge[0]',
    observed: '"20"',
    cause: 'acknowledge[0]: must read P20 or P20:database.table; it is "20".',
    fix: 'Change acknowledge[0]: it must read P20 or P20:database.table.',
  },
);
test(
  answered,
  'an acknowledgement of a check that is none',
  {acknowledge: ['P99']},
  {
    where: 'acknowledge[0]',
    observed: '"P99"',
    cause: 'acknowledge[0]: must name a check, and there is no P99; it is "P99".',
    fix: 'Change acknowledge[0]: it must name a check, and there is no P99.',
  },
);
test(
  answered,
  'an acknowledgement of what would lose rows',
  {acknowledge: ['P05']},
  {
    where: 'acknowledge[0]',
    observed: '"P05"',
    cause:
      'acknowledge[0]: must not name P05: its findings lose rows, double them, or keep the task from running; it is "P05".',
    fix: 'Change acknowledge[0]: it must not name P05: its findings lose rows, double them, or keep the task from running.',
  },
);
test(
  answered,
  'a place to run of another name',
  {deploy: {kind: 'k8s'}},
  {
    where: 'deploy.kind',
    observed: '"k8s"',
    cause: 'deploy.kind: must be one of process, docker, kubernetes, none; it is "k8s".',
    fix: 'Change deploy.kind: it must be one of process, docker, kubernetes, none.',
  },
);
test(
  answered,
  'a desired state of another name',
  {desiredState: 'stopped'},
  {
    where: 'desiredState',
    observed: '"stopped"',
    cause: 'desiredState: must be one of running, paused; it is "stopped".',
    fix: 'Change desiredState: it must be one of running, paused.',
  },
);
test(
  answered,
  'target tables deleted under another word',
  {onDelete: {targetTables: 'delete'}},
  {
    where: 'onDelete.targetTables',
    observed: '"delete"',
    cause: 'onDelete.targetTables: must be one of keep, drop; it is "delete".',
    fix: 'Change onDelete.targetTables: it must be one of keep, drop.',
  },
);
