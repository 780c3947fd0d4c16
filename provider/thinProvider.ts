// What Pulumi writes into every state as `__provider`: literal calls and nothing captured, so that old states always run
// the installed package. The path `pulumi-synctask/dynamic-provider` is kept for ever: old states name it.
// tests/vectors/provider.golden.txt holds the text that goes to state.
import type {dynamic} from '@pulumi/pulumi';

/** Seven methods that hand over to the installed package. */
export const thinProvider: Required<dynamic.ResourceProvider> = {
  async configure(request) {
    return (await import('pulumi-synctask/dynamic-provider')).configure(request);
  },
  async check(olds, news) {
    return (await import('pulumi-synctask/dynamic-provider')).check(olds, news);
  },
  async diff(id, olds, news) {
    return (await import('pulumi-synctask/dynamic-provider')).diff(id, olds, news);
  },
  async create(inputs) {
    return (await import('pulumi-synctask/dynamic-provider')).create(inputs);
  },
  async update(id, olds, news) {
    return (await import('pulumi-synctask/dynamic-provider')).update(id, olds, news);
  },
  async read(id, props) {
    return (await import('pulumi-synctask/dynamic-provider')).read(id, props);
  },
  async delete(id, props) {
    return (await import('pulumi-synctask/dynamic-provider')).delete(id, props);
  },
};
