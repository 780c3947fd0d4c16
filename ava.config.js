// AVA runs the TypeScript sources as they are, by Node's type stripping.
export default {
  extensions: ['ts'],
  require: ['./tests/support/raisedCodes.ts'],
  files: ['tests/**/*.test.ts'],
  // Shared state of one run (the MySQL server) is found through the environment; threads start faster than processes.
  workerThreads: true,
  // Integration tests wait for servers, loads and binlogs; two cores carry three files at a time.
  concurrency: 3,
  timeout: '3m',
};
