import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { promised } from '../../src/base/clock.ts';
import type { Address, Connection, Listener } from '../../src/base/network.ts';
import { realClock } from '../../src/base/real/clock.ts';
import { tcpNetwork } from '../../src/base/real/network.ts';
import type { ApiRequest, ApiResponse, RequestClient } from '../../src/base/requests.ts';
import { redisKvClient } from '../../src/cluster/docker/programs/redis-kv-client.ts';

const clock = realClock();
const network = tcpNetwork();

/** A server that has a reply, or none, for what it is asked; a null reply ends the connection. */
class Server {
  readonly asked: string[] = [];
  connections = 0;
  reply: string | null = '+OK\r\n';
  listener: Listener | null = null;

  async start(): Promise<Address> {
    this.listener = await promised<Listener>(clock, (done) =>
      network.listen({ host: '127.0.0.1', port: 0 }, (connection) => this.#accept(connection), done),
    );
    return this.listener.address;
  }

  #accept(connection: Connection): void {
    this.connections++;
    connection.observe({
      opened: () => {},
      received: (bytes) => {
        this.asked.push(Buffer.from(bytes).toString());
        if (this.reply === null) connection.close();
        else for (const piece of this.reply) connection.write(Buffer.from(piece));
      },
      closed: () => {},
    });
  }
}

describe('the client of redis-kv', () => {
  let client: RequestClient;
  let server: Server;
  let address: Address;
  beforeEach(async () => {
    client = redisKvClient(clock, network);
    server = new Server();
    address = await server.start();
  });
  afterEach(() => {
    client.close();
    server.listener?.close();
  });

  const call = (request: ApiRequest, timeoutMs = 5000): Promise<ApiResponse> =>
    promised(clock, (done) => client.call(address, request, timeoutMs, done));
  const read: ApiRequest = { method: 'GET', path: '/read?key=k1' };
  const write: ApiRequest = { method: 'POST', path: '/write', body: { key: 'k1', value: 1 } };
  const cas: ApiRequest = { method: 'POST', path: '/cas', body: { key: 'k1', from: 1, to: 2 } };
  const failed = (code: string, definite: boolean) => ({ body: { error: { code, definite } } });

  it.each([
    [read, '$2\r\n42\r\n', ['GET', 'k1'], { status: 200, body: { key: 'k1', value: 42 } }],
    [read, '$-1\r\n', ['GET', 'k1'], { status: 200, body: { key: 'k1', value: null } }],
    [write, '+OK\r\n', ['SET', 'k1', '1'], { status: 200, body: { key: 'k1' } }],
    [cas, '+OK\r\n', ['SET', 'k1', '2', 'IFEQ', '1'], { status: 200, body: { key: 'k1' } }],
    [cas, '$-1\r\n', ['SET', 'k1', '2', 'IFEQ', '1'], { status: 409, ...failed('cas-mismatch', true) }],
    [write, '-CLUSTERDOWN not executed\r\n', ['SET', 'k1', '1'], { status: 503, ...failed('clusterdown', true) }],
    [write, '-UNKNOWN whether\r\n', ['SET', 'k1', '1'], { status: 503, ...failed('unknown', false) }],
    [write, '-ERR strange\r\n', ['SET', 'k1', '1'], { status: 503, ...failed('err', false) }],
  ])('%j answered with %j', async (request, reply, command, response) => {
    server.reply = reply;
    expect(await call(request)).toMatchObject(response);
    expect(server.asked.join('').split('\r\n')).toEqual([
      `*${command.length}`,
      ...command.flatMap((word) => [`$${word.length}`, word]),
      '',
    ]);
  });

  it('reads the status out of INFO', async () => {
    const info = '# Raft\r\nraft_node:n2\r\nraft_boot:3\r\nraft_role:leader\r\nraft_term:7\r\n';
    server.reply = `$${info.length}\r\n${info}\r\n`;
    const status = await call({ method: 'GET', path: '/status' });
    expect(status).toMatchObject({ status: 200, body: { node: 'n2', boot: 3, role: 'leader', term: 7 } });
  });

  it('knows no other calls', async () => {
    const broadcast: ApiRequest = { method: 'POST', path: '/broadcast', body: { message: 'x' } };
    expect(await call(broadcast)).toMatchObject({ status: 404, ...failed('not-found', true) });
  });

  it('keeps a connection for the next call, and takes one for each call at a time', async () => {
    for (let time = 0; time < 3; time++) await call(write);
    expect(server.connections).toBe(1);
    await Promise.all([call(write), call(write), call(write)]);
    expect(server.connections).toBe(3);
  });

  it('says refused only where nothing was sent', async () => {
    server.reply = null;
    await expect(call(write)).rejects.toMatchObject({ code: 'connection-lost' });
    server.reply = '';
    await expect(call(write, 50)).rejects.toMatchObject({ code: 'timeout' });
    server.reply = 'HTTP/1.1 200 OK\r\n';
    await expect(call(write)).rejects.toMatchObject({ code: 'bad-response' });
    const asked = server.asked.length;
    server.listener?.close();
    await expect(call(write)).rejects.toMatchObject({ code: 'connection-refused' });
    expect(server.asked).toHaveLength(asked);
  });

  it('reports what is under way as lost when it is closed, and refuses what comes after', async () => {
    server.reply = '';
    const underWay = call(write);
    const lost = expect(underWay).rejects.toMatchObject({ code: 'connection-lost' });
    while (server.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    client.close();
    await lost;
    await expect(call(write)).rejects.toMatchObject({ code: 'connection-refused' });
  });
});
