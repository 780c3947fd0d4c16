// deploy: {kind: 'none'}: the task is checked and described; running it is the user's matter.
import type {Deployer} from './deployer.ts';

/** Deploys nothing. */
export const noneDeployer: Deployer = {
  create: async () => undefined,
  update: async () => undefined,
  read: async () => ({
    stateDir: null,
    statusUrl: null,
    state: 'not deployed',
    status: null,
    last: 'nothing is deployed',
    crashes: 0,
    place: 'nowhere',
    log: 'none',
    findings: [],
  }),
  pause: async () => undefined,
  stop: async () => undefined,
  delete: async () => undefined,
  logs: async () => '',
};
