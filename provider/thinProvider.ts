// What Pulumi writes into every state as `__provider`: literal calls and nothing captured, so that old states always run
// the installed package. The path `pulumi-synctask/dynamic-provider` is kept for ever: old states name it.
// tests/vectors/provider.golden.txt holds the text that goes to state.
import type {dynamic} from '@pulumi/pulumi';

/** Seven methods that hand over to the installed package: `o` are properties in state, `n` new inputs. Short, each resource stores them twice. */
export const thinProvider: Required<dynamic.ResourceProvider> = {
  configure: async r => (await import('pulumi-synctask/dynamic-provider')).configure(r),
  check: async (o, n) => (await import('pulumi-synctask/dynamic-provider')).check(o, n),
  diff: async (id, o, n) => (await import('pulumi-synctask/dynamic-provider')).diff(id, o, n),
  create: async n => (await import('pulumi-synctask/dynamic-provider')).create(n),
  update: async (id, o, n) => (await import('pulumi-synctask/dynamic-provider')).update(id, o, n),
  read: async (id, o) => (await import('pulumi-synctask/dynamic-provider')).read(id, o),
  delete: async (id, o) => (await import('pulumi-synctask/dynamic-provider')).delete(id, o),
};
