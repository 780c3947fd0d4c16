// REST of the project itself: its description, schemas, tunnel address, log and token calls (protocol section 5).
import {XMLParser} from 'fast-xml-parser';
import {duckSchema} from './catalog.ts';
import {badRequest, missing, OdpsError} from './odpsError.ts';
import {bodyText, element, httpDate, json, page, xml, type Answer, type Call} from './request.ts';
import {textLiteral} from './store.ts';

/** `GET /projects/<p>`. */
export function describeProject(call: Call): Answer {
  const {store} = call.world;
  const created = httpDate(0);
  const property = (name: string, value: string) =>
    `<Property>${element('Name', name)}${element('Value', value)}</Property>`;
  const body = [
    element('Name', store.project),
    element('Type', 'managed'),
    element('Comment', 'embedded endpoint of synctask'),
    element('Owner', 'synctask'),
    element('CreationTime', created),
    element('LastModifiedTime', created),
    element('ProjectGroupName', ''),
    element('State', 'AVAILABLE'),
    element('DefaultCluster', 'local'),
    element('Region', 'local'),
    `<Properties>${property('odps.sql.type.system.odps2', 'true')}${property('odps.sql.decimal.odps2', 'true')}</Properties>`,
    '<ExtendedProperties/>',
  ];
  return xml(`<Project>${body.join('')}</Project>`, {
    'x-odps-owner': 'synctask',
    'x-odps-creation-time': created,
    'Last-Modified': created,
  });
}

/** `GET /projects`. */
export function listProjects(call: Call): Answer {
  const {project} = call.world.store;
  return xml(
    `<Projects><Project>${element('Name', project)}${element('Owner', 'synctask')}</Project><Marker/></Projects>`,
  );
}

/** `GET /projects/<p>/tunnel?service`: the address without its scheme. */
export function tunnelAddress(call: Call): Answer {
  return {status: 200, headers: {'content-type': 'text/plain'}, body: call.address};
}

/** `GET /tenants`. */
export function describeTenant(): Answer {
  return json({
    Tenant: {
      Name: 'local',
      OwnerId: '1',
      TenantId: '1',
      TenantState: 'NORMAL',
      CreateTime: 0,
      UpdateTime: 0,
      TenantMeta: {},
      Parameters: {'odps.namespace.schema': 'false'},
    },
  });
}

/** Calls whose content does not matter here: usage logs. */
export async function swallow(call: Call): Promise<Answer> {
  await bodyText(call);
  return {status: 200};
}

/** `POST /projects/<p>/authorization`: a token for links that nothing here serves. */
export async function authorizationToken(call: Call): Promise<Answer> {
  const query = /<Query>([\s\S]*?)<\/Query>/.exec(await bodyText(call))?.[1];
  if (query !== undefined) {
    // PyODPS sends what users ask of the project's rights here; there are none to ask of.
    const who = {DisplayName: 'synctask', ID: '1', SourceIP: '127.0.0.1'};
    if (!/^\s*whoami\s*;?\s*$/i.test(query)) {
      throw badRequest(
        'InvalidParameter',
        `ODPS-0410011: "${query.trim()}" is not supported: no rights are kept here`,
      );
    }
    return xml(`<Authorization>${element('Result', JSON.stringify(who))}</Authorization>`);
  }
  return xml(`<Authorization>${element('Result', 'local')}</Authorization>`);
}

/** Listings of what a project here never has: functions, resources, volumes. */
export function emptyListing(call: Call): Answer {
  const kind = call.path.join('/').split('/').at(-1)!;
  const list = `${kind[0]!.toUpperCase()}${kind.slice(1)}`;
  return xml(`<${list}><Marker/></${list}>`);
}

/** `/projects/<p>/schemas[/<s>]`. */
export async function schemaCalls(call: Call): Promise<Answer> {
  const {catalog} = call.world;
  const name = call.path[1]?.toLowerCase();
  if (name === undefined && call.method === 'POST') return createSchema(call);
  if (name === undefined) {
    const {items, marker, itemsMax} = page([...catalog.schemas].toSorted(), call);
    const found = items.map(schema => `<Schema>${schemaBody(schema)}</Schema>`);
    return xml(
      `<Schemas>${found.join('')}${element('Marker', marker)}${element('MaxItems', itemsMax)}</Schemas>`,
    );
  }
  // PyODPS takes NoSuchObject for absence, and NoSuchSchema for an error.
  if (!catalog.schemas.has(name)) throw missing('Object', name);
  if (call.method === 'DELETE') return dropSchema(call, name);
  return xml(`<Schema>${schemaBody(name)}</Schema>`, {
    'x-odps-owner': 'synctask',
    'x-odps-creation-time': httpDate(0),
    'Last-Modified': httpDate(0),
  });
}

async function createSchema(call: Call): Promise<Answer> {
  const {store, catalog} = call.world;
  const parsed = new XMLParser().parse(await bodyText(call)) as {Schema?: {Name?: unknown}};
  const name = String(parsed.Schema?.Name ?? '').toLowerCase();
  if (!/^[a-z]\w{0,127}$/.test(name)) throw badRequest('InvalidParameter', `not a name: ${name}`);
  if (catalog.schemas.has(name)) {
    throw new OdpsError('ObjectAlreadyExists', 409, `Schema ${name} already exists`);
  }
  await store.write(
    async connection => {
      await connection.run(`CREATE SCHEMA ${duckSchema(name)}`);
      await connection.run(`INSERT INTO synctask_meta.schemas VALUES (${textLiteral(name)})`);
    },
    () => catalog.schemas.add(name),
  );
  return {status: 201};
}

async function dropSchema(call: Call, name: string): Promise<Answer> {
  const {store, catalog} = call.world;
  const holds = [...catalog.tables.values()].some(table => table.schema === name);
  if (holds || name === 'default') {
    throw new OdpsError('InvalidStateSetting', 409, `Schema ${name} holds tables`);
  }
  await store.write(
    async connection => {
      await connection.run(`DROP SCHEMA ${duckSchema(name)}`);
      await connection.run(`DELETE FROM synctask_meta.schemas WHERE name = ${textLiteral(name)}`);
    },
    () => catalog.schemas.delete(name),
  );
  return {status: 204};
}

function schemaBody(name: string): string {
  return `${element('Name', name)}${element('Owner', 'synctask')}${element('Type', 'managed')}`;
}
