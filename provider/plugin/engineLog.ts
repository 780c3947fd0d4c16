// Lines for the user that stand with their resource in the engine's output: what an edit does, what a live preview found.
// Protocol: proto/pulumi/engine.proto of pulumi/pulumi; the engine gives its address as the plugin's first argument.
import {credentials} from '@grpc/grpc-js';
import rpc from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import messages from '@pulumi/pulumi/proto/engine_pb.js';
import {hideSecrets} from '../../runtime/base/secretTexts.ts';

/** Tells the user of `lines` with the resource `urn`; returns once the engine has them. */
export type Tell = (urn: string, lines: readonly string[]) => Promise<void>;

/** A `Tell` for the engine at `address`. One that nobody listens to loses the lines and nothing else. */
export function engineLog(address: string | undefined): Tell {
  if (address === undefined) return async () => undefined;
  const client = new rpc.EngineClient(address, credentials.createInsecure());
  return async (urn, lines) => {
    if (lines.length === 0) return;
    const request = new messages.LogRequest()
      .setSeverity(messages.LogSeverity.INFO)
      .setUrn(urn)
      .setMessage(hideSecrets(lines.join('\n')));
    await new Promise<void>(resolve => client.log(request, () => resolve()));
  };
}
