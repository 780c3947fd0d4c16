// The parts of undici that the runtime loads, taken from inside its package.
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {createRequire} from 'node:module';
import test from 'ava';
import {HttpAgent, httpErrors} from '../../../runtime/sink/httpAgent.ts';

test('the agent sends a request and gives its answer, without the whole of undici', async t => {
  const server = createServer((_, answer) => void answer.end('here'));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const {port} = server.address() as AddressInfo;
  const agent = new HttpAgent({connections: 1});
  const answer = await agent.request({
    origin: `http://127.0.0.1:${port}`,
    path: '/',
    method: 'GET',
  });
  t.is(answer.statusCode, 200);
  t.is(await answer.body.text(), 'here');
  await agent.destroy();
  const {cache, resolve} = createRequire(import.meta.url);
  t.true(resolve('undici/lib/dispatcher/agent.js') in cache);
  t.false(resolve('undici') in cache);
});

test('an answer that is none is known by its class', async t => {
  const server = createServer().on('connection', socket => void socket.end('nonsense\r\n\r\n'));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const {port} = server.address() as AddressInfo;
  const agent = new HttpAgent({connections: 1});
  const error = await t.throwsAsync(
    agent.request({origin: `http://127.0.0.1:${port}`, path: '/', method: 'GET'}),
  );
  t.true(error instanceof httpErrors.HTTPParserError, String(error));
  await agent.destroy();
});
