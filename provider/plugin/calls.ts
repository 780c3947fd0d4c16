// The calls of the resource provider protocol, each handed to the core that the dynamic face uses too.
// Protocol: proto/pulumi/provider.proto of pulumi/pulumi. Secrets stay marked path by path; nothing here prints properties.
import {createRequire} from 'node:module';
import type {sendUnaryData, ServerUnaryCall, UntypedServiceImplementation} from '@grpc/grpc-js';
import plugins from '@pulumi/pulumi/proto/plugin_pb.js';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import {secondMs} from '../../runtime/base/sizes.ts';
import {check as checkInputs} from '../check.ts';
import type {Claims} from '../claims.ts';
import {diff as diffProperties} from '../diff.ts';
import {editLines} from '../edits.ts';
import {importTask} from '../importTask.ts';
import {inputsOf, type Properties} from '../inputs.ts';
import * as lifecycle from '../lifecycle.ts';
import {previewOutputs} from '../previewOutputs.ts';
import type {Tell} from './engineLog.ts';
import {withDefaults, type StackDefaults} from './defaults.ts';
import {propertyDiffs, type PropertyKind} from './propertyDiffs.ts';
import {pulumiSchema} from './schema.ts';
import {rewrap, unwrap} from './secretMarks.ts';
import {errorAnswer, failureMessage, fromStruct, toStruct} from './wire.ts';

/** `pulumi-synctask`'s version is the plugin's. */
const require = createRequire(import.meta.url);
const {version} = require('pulumi-synctask/package.json') as {version: string};

const {PropertyDiff} = messages;
const kinds: Record<PropertyKind, number> = {
  add: PropertyDiff.Kind.ADD,
  'add-replace': PropertyDiff.Kind.ADD_REPLACE,
  delete: PropertyDiff.Kind.DELETE,
  'delete-replace': PropertyDiff.Kind.DELETE_REPLACE,
  update: PropertyDiff.Kind.UPDATE,
  'update-replace': PropertyDiff.Kind.UPDATE_REPLACE,
};

/** State of one plugin process: it serves one run of the engine over one stack. */
interface Session {
  defaults: StackDefaults;
  claims: Claims;
  /** Aborted when the engine cancels the run. */
  cancelled: AbortController;
  tell: Tell;
}

type Handler<Q, A> = (request: Q, session: Session) => Promise<A>;

/** The calls by their names in the protocol; those that are missing are not implemented. */
export function handlers(tell: Tell): UntypedServiceImplementation {
  const cancelled = new AbortController();
  const session: Session = {defaults: {}, claims: new Map(), cancelled, tell};
  const calls = {...settings, check, diff, create, update, read, delete: remove, cancel};
  return Object.fromEntries(
    Object.entries(calls).map(([name, handler]) => [
      name,
      answering(handler as Handler<unknown, unknown>, session),
    ]),
  );
}

function answering(handler: Handler<unknown, unknown>, session: Session) {
  return (call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>): void => {
    handler(call.request, session).then(
      found => answer(null, found),
      (error: unknown) => {
        const request = call.request as {getNews?(): never; getProperties?(): never};
        const marked = fromStruct(request.getNews?.() ?? request.getProperties?.());
        answer(errorAnswer(error, plain => rewrap(plain, marked)) as never);
      },
    );
  };
}

/** What the plugin is, and the stack's settings of it. */
const settings = {
  handshake: async () =>
    new messages.ProviderHandshakeResponse()
      .setAcceptSecrets(true)
      .setAcceptResources(true)
      .setAcceptOutputs(false),
  getPluginInfo: async () => new plugins.PluginInfo().setVersion(version),
  getSchema: async () =>
    new messages.GetSchemaResponse().setSchema(JSON.stringify(pulumiSchema(version))),
  checkConfig: async (request: messages.CheckRequest) =>
    new messages.CheckResponse().setInputs(request.getNews()),
  diffConfig: async () => new messages.DiffResponse(),
  async configure(request: messages.ConfigureRequest, session: Session) {
    session.defaults = unwrap(fromStruct(request.getArgs())) as StackDefaults;
    return new messages.ConfigureResponse()
      .setAcceptsecrets(true)
      .setSupportspreview(true)
      .setAcceptresources(true)
      .setAcceptoutputs(false);
  },
  attach: async () => new empty.Empty(),
};

async function check(request: messages.CheckRequest, {defaults, claims}: Session) {
  const marked = fromStruct(request.getNews());
  const olds = unwrap(fromStruct(request.getOlds())) as Properties;
  const news = withDefaults(unwrap(marked) as Properties, olds, request.getUrn(), defaults);
  const {inputs, failures} = checkInputs(olds, news, claims);
  return new messages.CheckResponse()
    .setInputs(toStruct(rewrap(inputs, marked)))
    .setFailuresList(failures.map(failureMessage));
}

async function diff(request: messages.DiffRequest, {tell}: Session) {
  const oldInputs = unwrap(fromStruct(request.getOldInputs())) as Properties;
  const olds = {...(unwrap(fromStruct(request.getOlds())) as Properties), ...inputsOf(oldInputs)};
  const news = unwrap(fromStruct(request.getNews())) as Properties;
  const {edits, drift, changes, replaces} = diffProperties(olds, news);
  await tell(request.getUrn(), editLines(edits, drift));
  const paths = propertyDiffs(edits, inputsOf(olds), inputsOf(news));
  // Drift is a change of no input: the state shows it.
  if (drift.length > 0 && paths.size === 0) paths.set('state', 'update');
  const answer = new messages.DiffResponse()
    .setChanges(
      changes
        ? messages.DiffResponse.DiffChanges.DIFF_SOME
        : messages.DiffResponse.DiffChanges.DIFF_NONE,
    )
    .setReplacesList(replaces)
    .setDeletebeforereplace(true)
    .setHasdetaileddiff(true)
    .setDiffsList([...new Set([...paths.keys()].map(path => path.split(/[.[]/)[0]!))]);
  for (const [path, kind] of paths)
    answer
      .getDetaileddiffMap()
      .set(path, new PropertyDiff().setKind(kinds[kind] as 0).setInputdiff(path !== 'state'));
  return answer;
}

async function create(request: messages.CreateRequest, session: Session) {
  const marked = fromStruct(request.getProperties());
  const inputs = inputsOf(unwrap(marked) as Properties);
  const signal = signalOf(request.getTimeout(), session);
  const answer = new messages.CreateResponse();
  if (request.getPreview()) {
    const {properties, lines} = await previewOutputs(null, inputs, signal);
    await session.tell(request.getUrn(), lines);
    return answer.setProperties(toStruct(rewrap(properties, marked)));
  }
  const {id, properties} = await lifecycle.create(inputs, signal);
  return answer.setId(id).setProperties(toStruct(rewrap(properties, marked)));
}

async function update(request: messages.UpdateRequest, session: Session) {
  const marked = fromStruct(request.getNews());
  const olds = unwrap(fromStruct(request.getOlds())) as Properties;
  const news = inputsOf(unwrap(marked) as Properties);
  const signal = signalOf(request.getTimeout(), session);
  const answer = new messages.UpdateResponse();
  if (request.getPreview()) {
    const {properties, lines} = await previewOutputs(olds, news, signal);
    await session.tell(request.getUrn(), lines);
    return answer.setProperties(toStruct(rewrap(properties, marked)));
  }
  return answer.setProperties(toStruct(rewrap(await lifecycle.update(olds, news, signal), marked)));
}

/** With properties a refresh; with only an id an import of a task that runs here. */
async function read(request: messages.ReadRequest, session: Session) {
  const marked = fromStruct(request.getProperties());
  const signal = signalOf(0, session);
  const isImport = Object.keys(marked).length === 0;
  const found = isImport
    ? await importTask(request.getId(), signal)
    : await lifecycle.read(request.getId(), unwrap(marked) as Properties, signal);
  const answer = new messages.ReadResponse();
  if (found === null) return answer;
  const inputMarks = isImport ? {} : {...marked, ...fromStruct(request.getInputs())};
  return answer
    .setId(isImport ? String(found.inputs['name']) : request.getId())
    .setInputs(toStruct(rewrap(found.inputs, inputMarks)))
    .setProperties(toStruct(rewrap(found.properties, inputMarks)));
}

async function remove(request: messages.DeleteRequest, session: Session) {
  const properties = unwrap(fromStruct(request.getProperties())) as Properties;
  await lifecycle.remove(request.getId(), properties, signalOf(request.getTimeout(), session));
  return new empty.Empty();
}

async function cancel(_request: unknown, session: Session) {
  session.cancelled.abort();
  return new empty.Empty();
}

/** Ends with the run, and with the resource's own time where `customTimeouts` gives one (0: none). */
function signalOf(seconds: number, {cancelled}: Session): AbortSignal {
  if (seconds === 0) return cancelled.signal;
  return AbortSignal.any([cancelled.signal, AbortSignal.timeout(seconds * secondMs)]);
}
