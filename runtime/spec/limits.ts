// Every default and bound of a task, each a named constant with unit and reason.
import {MiB} from '../base/sizes.ts';

export const portDefault = 3306;

/** One worker a core of this machine: each keeps one core busy. One alone would wait for the source half the time. */
export const loadWorkersAutoMin = 2;
/** More than the source's cores only queues there, and we do not know how many it has. */
export const loadWorkersAutoMax = 4;
export const loadWorkersMax = 64;
/** Load pods of one task: with 4 workers each they hold a source's usual 151 connections many times over. */
export const loadPodsMax = 64;

/** Age at which a table's changes are committed. Below it the service drowns in small files (rule C19). */
export const commitSecondsDefault = 10;
export const commitSecondsMax = 3600;
/** Bytes at which a table's changes are committed whatever their age: one good tunnel block. */
export const commitMebibytesDefault = 64;
export const commitMebibytesMax = 1024;

/** Local disk that sealed batches may take before reading holds. */
export const spoolMebibytesDefault = 4096;

/** Local disk for a relay log where one is asked for: some hours of a busy source. */
export const relayLogMebibytesDefault = 16_384;

/** Minutes for which a lost connection is tried again; the range is the one users of the managed service know. */
export const connectionMinutesDefault = 720;
export const connectionMinutesMin = 10;
export const connectionMinutesMax = 1440;
export const otherMinutesDefault = 10;
export const otherMinutesMin = 1;
export const otherMinutesMax = 1440;

/** Server ids are unsigned 32 bit; 0 means none. */
export const serverIdMax = 4294967295;

export const lagSecondsAlertMin = 10;

/** MaxCompute keeps a lifecycle in days. */
export const lifecycleDaysMax = 37231;

/** Longest task name: it becomes part of file, container and label names. */
export const taskNamePattern = /^[a-z][a-z0-9-]{0,62}$/;

/** Records gathered before a block is cut, bytes before compression. Small blocks waste a round trip each. */
export const blockBytesDefault = 64 * MiB;

/** MaxCompute's limit of a name, less `_base`. */
export const nameBytesMax = 128 - 5;

/** Seconds between two heartbeat rows. */
export const heartbeatSecondsDefault = 10;
export const heartbeatSecondsMax = 3600;

/** Seconds between two looks at the load of the source. */
export const loadCheckSecondsDefault = 5;
export const loadCheckSecondsMax = 600;
/** A lag alert that goes on is told again after this many minutes. */
export const resendMinutesDefault = 30;
export const resendMinutesMax = 1440;
