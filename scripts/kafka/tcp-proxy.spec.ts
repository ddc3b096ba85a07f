import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Join, TcpProxy } from './tcp-proxy.ts';

/** What stands behind the proxy: it gives everything back. */
let broker: Server;
let proxy: TcpProxy;
afterEach(() => {
  proxy.close();
  broker.close();
});

async function dialled(join: Join): Promise<Socket> {
  broker = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1');
  await once(broker, 'listening');
  proxy = await TcpProxy.listen(() => (broker.address() as AddressInfo).port, join);
  return connect(proxy.port, '127.0.0.1').on('error', () => undefined);
}

const pass: Join = (client, behind) => {
  client.pipe(behind);
  behind.pipe(client);
};

test('what its maker lets pass comes back from behind', async () => {
  const client = await dialled(pass);
  client.write('asked');
  expect(String((await once(client, 'data'))[0])).toBe('asked');
});

test('what its maker cuts is broken on both sides', async () => {
  let behind: Socket | undefined;
  const client = await dialled((_, socket, cut) => {
    behind = socket;
    cut();
  });
  await once(client, 'close');
  expect(behind?.destroyed).toBe(true);
});

test('breaking all connections lets new ones in', async () => {
  const client = await dialled(pass);
  client.write('asked');
  await once(client, 'data');
  proxy.breakAll();
  await once(client, 'close');
  const next = connect(proxy.port, '127.0.0.1');
  next.write('again');
  expect(String((await once(next, 'data'))[0])).toBe('again');
});
