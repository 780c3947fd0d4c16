// The process behind `pulumi-resource-synctask`: serves the resource provider protocol on a loopback port that it prints.
// The engine starts it, reads the port from the first line, and ends it with the run.
import {Server, ServerCredentials, status, type UntypedServiceImplementation} from '@grpc/grpc-js';
import rpc from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import {handlers} from './calls.ts';
import {engineLog} from './engineLog.ts';

/** States of large tasks pass gRPC's default of 4 MiB. */
const messageBytesMax = -1;

const server = new Server({
  'grpc.max_receive_message_length': messageBytesMax,
  'grpc.max_send_message_length': messageBytesMax,
});
const known: UntypedServiceImplementation = handlers(engineLog(process.argv[2]));
const implementation: UntypedServiceImplementation = Object.fromEntries(
  Object.keys(rpc.ResourceProviderService).map(method => [
    method,
    known[method] ?? ((_call: unknown, answer: (error: object) => void) => answer(absent(method))),
  ]),
);
server.addService(rpc.ResourceProviderService, implementation);
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`${port}\n`);
});

function absent(method: string): {code: number; details: string} {
  return {code: status.UNIMPLEMENTED, details: `pulumi-resource-synctask has no ${method}`};
}
