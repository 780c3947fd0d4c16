// Between the core's plain data and the protocol's messages: properties, failed checks, errors.
// Formats: proto/pulumi/provider.proto of pulumi/pulumi; half-done work rides in gRPC's `grpc-status-details-bin` trailer.
import {Metadata, status} from '@grpc/grpc-js';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import statuses from '@pulumi/pulumi/proto/status_pb.js';
import anyMessage from 'google-protobuf/google/protobuf/any_pb.js';
import struct from 'google-protobuf/google/protobuf/struct_pb.js';
import {asSyncError, formatFinding, isSyncError} from '../../runtime/base/errors.ts';
import {hideSecrets} from '../../runtime/base/secretTexts.ts';
import type {Failure} from '../check.ts';
import type {Properties} from '../inputs.ts';
import type {HalfDone} from '../lifecycle.ts';

/** Properties as the wire has them; what is undefined is left out. */
export function toStruct(properties: Properties): struct.Struct {
  return struct.Struct.fromJavaScript(
    JSON.parse(JSON.stringify(properties)) as Parameters<typeof struct.Struct.fromJavaScript>[0],
  );
}

/** Properties of a message, marks included; empty where it has none. */
export function fromStruct(found: struct.Struct | undefined): Properties {
  return (found?.toJavaScript() ?? {}) as Properties;
}

export function failureMessage({
  property,
  reason,
}: Failure): InstanceType<typeof messages.CheckFailure> {
  return new messages.CheckFailure().setProperty(property).setReason(reason);
}

/** What gRPC sends for `error`: its text, and for half-done work the resource as it stands. `mark` puts secret marks back. */
export function errorAnswer(error: unknown, mark: (plain: Properties) => Properties): object {
  const {id, properties, reasons} = error as Partial<HalfDone>;
  if (id === undefined || properties === undefined || reasons === undefined)
    return {code: status.UNKNOWN, details: textOf(error)};
  const detail = new messages.ErrorResourceInitFailed();
  detail.setId(id);
  detail.setProperties(toStruct(mark(properties)));
  detail.setReasonsList(reasons.map(hideSecrets));
  const packed = new anyMessage.Any();
  packed.pack(detail.serializeBinary(), 'pulumirpc.ErrorResourceInitFailed');
  const answer = new statuses.Status().setCode(status.UNKNOWN).setMessage(textOf(error));
  answer.addDetails(packed);
  const metadata = new Metadata();
  metadata.add('grpc-status-details-bin', Buffer.from(answer.serializeBinary()));
  return {code: status.UNKNOWN, details: textOf(error), metadata};
}

function textOf(error: unknown): string {
  if (!isSyncError(error) && error instanceof Error && !isBug(error))
    return hideSecrets(error.message);
  return hideSecrets(formatFinding(asSyncError(error).finding));
}

/** The core throws plain errors only with the text for the user in them. */
function isBug(error: Error): boolean {
  return error.constructor !== Error;
}
