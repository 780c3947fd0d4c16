// Error codes of the endpoint room, and of the record streams and types that it and its tests read (codec/record*.ts).
import {entry} from './entry.ts';

export const endpointCodes = {
  SYNC6001: entry<{host: string; port: number}>({
    title: 'the endpoint cannot listen on its port',
    kind: 'mistake',
    cause: d => `${d.host}:${d.port} is taken or may not be used by this user.`,
    fix: () => 'Choose another with --port, or --port 0 to take a free one.',
  }),
  SYNC6002: entry<{dataDir: string}>({
    title: 'the data folder cannot be opened',
    kind: 'mistake',
    cause: d =>
      `${d.dataDir} is in use by another endpoint, cannot be written, or holds another version's file.`,
    fix: () => 'Stop the other endpoint, or choose another folder with --data.',
  }),
  SYNC6003: entry<{package: string}>({
    title: 'a package that the endpoint needs is missing',
    kind: 'mistake',
    cause: d => `${d.package} could not be loaded: it is optional and was not installed here.`,
    fix: d => `Run npm install ${d.package} for this platform.`,
  }),
  SYNC6004: entry<{given: string; missing: string}>({
    title: 'only half of the access key is given',
    kind: 'mistake',
    cause: d => `${d.given} is set and ${d.missing} is not.`,
    fix: d => `Set ${d.missing} too, or unset ${d.given} to use a key made for this endpoint.`,
  }),
  SYNC6005: entry<{project: string}>({
    title: 'the project name cannot be used',
    kind: 'mistake',
    cause: d =>
      `"${d.project}" is reserved, or is not a letter followed by up to 62 letters, digits and _.`,
    fix: () => 'Choose another name with --project.',
  }),
  SYNC6006: entry<{problem: string}>({
    title: 'the data folder takes no more',
    kind: 'trouble',
    cause: d => `The system refused to write: ${d.problem}.`,
    fix: () => 'Make room on the disk of --data; then send the request again.',
  }),
  SYNC6010: entry<{what: string; at: number}>({
    title: 'a record stream is malformed',
    kind: 'mistake',
    cause: d => `Near byte ${d.at} of the uncompressed stream: ${d.what}.`,
    fix: () => 'Send the block again; a client that repeats this does not write the format.',
  }),
  SYNC6011: entry<{what: string; stated: number; computed: number}>({
    title: 'a checksum or count of a record stream is wrong',
    kind: 'mistake',
    cause: d => `The ${d.what} is stated as ${d.stated} and computed as ${d.computed}.`,
    fix: () => 'Send the block again: its bytes changed on the way.',
  }),
  SYNC6012: entry<{column: string; type: string; what: string}>({
    title: 'a value is outside its column type',
    kind: 'mistake',
    cause: d => `Column ${d.column} is ${d.type} and the stream holds ${d.what}.`,
    fix: () => 'Change the value, or the column type.',
  }),
  SYNC6021: entry<{type: string; at: number}>({
    title: 'a MaxCompute type is not known',
    kind: 'mistake',
    cause: d => `"${d.type}" is not a type from character ${d.at} on.`,
    fix: () => 'Write a type of the data type edition 2.0, such as BIGINT or ARRAY<STRING>.',
  }),
};
