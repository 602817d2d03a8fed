import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Clock, promised, sleep } from '../../src/base/clock.ts';
import type { ChaosError } from '../../src/base/errors.ts';
import type { Address } from '../../src/base/network.ts';
import { realClock } from '../../src/base/real/clock.ts';
import { httpRequestClient } from '../../src/base/real/request-client.ts';
import { httpRequestServer } from '../../src/base/real/request-server.ts';
import type { ApiRequest } from '../../src/base/requests.ts';

const clock = realClock();
const HOST = '127.0.0.1';
const atEnd: (() => void)[] = [];
afterEach(() => {
  for (const end of atEnd.splice(0)) end();
});

/** A server that speaks what `onRequest` makes it speak; every piece of a request is one call. */
async function rawServer(onRequest: (socket: Socket, request: number) => void): Promise<Address> {
  let requests = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', () => onRequest(socket, requests++));
  });
  await new Promise<void>((resolve) => void server.listen(0, HOST, resolve));
  atEnd.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has an address with a port');
  return { host: HOST, port: address.port };
}

function client(ownClock = clock) {
  const requests = httpRequestClient(ownClock);
  atEnd.push(() => requests.close());
  return (address: Address): Promise<unknown> =>
    promised(clock, (done) => requests.call(address, { method: 'GET', path: '/' }, 2000, done)).then(
      (response) => response,
      (error: ChaosError) => error.code,
    );
}

const jsonAnswer = (json: string): string => `HTTP/1.1 200 OK\r\ncontent-length: ${json.length}\r\n\r\n${json}`;

describe('httpRequestClient', () => {
  it.each([
    ['bytes that are no HTTP', 'SSH-2.0-garbage\r\n\r\n', 'bad-response'],
    ['an answer that is not JSON', jsonAnswer('<html>'), 'bad-response'],
    ['an empty answer', jsonAnswer(''), 'bad-response'],
    [
      'an answer that is not UTF-8',
      Buffer.concat([Buffer.from(jsonAnswer('"??"').slice(0, -3)), Buffer.of(0xff, 0xff, 0x22)]),
      'bad-response',
    ],
    ['an end without an answer', '', 'connection-lost'],
    ['an end in the middle of the head', 'HTTP/1.1 200 OK\r\ncontent-le', 'connection-lost'],
    ['an end in the middle of the body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a":', 'connection-lost'],
  ])('takes %s as what it is', async (_title, bytes, code) => {
    const address = await rawServer((socket) => socket.end(bytes));
    expect(await client()(address)).toBe(code);
  });

  it('takes the reset of a new connection as lost: the request may have left', async () => {
    const address = await rawServer((socket) => socket.resetAndDestroy());
    expect(await client()(address)).toBe('connection-lost');
  });

  it('takes the reset of a kept connection as lost: the request may have left', async () => {
    const address = await rawServer((socket, request) => {
      if (request === 0) socket.write(jsonAnswer('1'));
      else socket.resetAndDestroy();
    });
    const call = client();
    expect(await call(address)).toEqual({ status: 200, body: 1 });
    expect(await call(address)).toBe('connection-lost');
  });

  it('is refused where the host has no address', async () => {
    expect(await client()({ host: 'no-such-host.invalid', port: 80 })).toBe('connection-refused');
  });

  it('ends the connection of a call that timed out, so that nothing of it can leave or come later', async () => {
    let expire = (): void => {};
    const clockOfTheTest: Clock = {
      ...clock,
      setTimer: (_delayMs, fire) => {
        expire = fire;
        return { cancel: () => {} };
      },
    };
    const address = await rawServer((socket) => {
      socket.on('close', () => ends.push('at the server'));
      expire();
    });
    const ends: unknown[] = [await client(clockOfTheTest)(address)];
    while (ends.length < 2) await sleep(clock, 1);
    expect(ends).toEqual(['timeout', 'at the server']);
  });

  it('keeps its connection for the next call', async () => {
    const sockets = new Set<Socket>();
    const address = await rawServer((socket) => {
      sockets.add(socket);
      socket.write(jsonAnswer('1'));
    });
    const call = client();
    for (let i = 0; i < 5; i++) await call(address);
    expect(sockets.size).toBe(1);
  });
});

describe('httpRequestServer', () => {
  /** What the server answers to raw bytes, and the requests that reached its handler. */
  async function answerTo(raw: string): Promise<{ answer: string; handled: ApiRequest[] }> {
    const handled: ApiRequest[] = [];
    const { address, close } = await promised<{ address: Address; close(): void }>(clock, (done) => {
      const handler = (request: ApiRequest, respond: (response: { status: number; body: unknown }) => void): void => {
        handled.push(request);
        respond({ status: 200, body: 'handled' });
      };
      httpRequestServer().serve({ host: HOST, port: 0 }, handler, done);
    });
    atEnd.push(close);
    const socket = connect(address.port, HOST, () => socket.write(raw));
    atEnd.push(() => socket.destroy());
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (/\r\n\r\n./s.test(text)) resolve(text);
      });
      socket.on('close', () => resolve(text));
    });
    return { answer, handled };
  }
  const post = (body: string | Buffer): string =>
    `POST /x HTTP/1.1\r\nhost: n\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

  it('answers what curl sends, without a content type of JSON', async () => {
    const { answer, handled } = await answerTo(post('{"message":"hello"}'));
    expect(answer).toContain('200 OK');
    expect(handled).toEqual([{ method: 'POST', path: '/x', body: { message: 'hello' } }]);
  });

  it.each([
    ['a body that is not JSON', post('{"message":'), 400, 'bad-json'],
    ['a method it does not know', 'DELETE /x HTTP/1.1\r\nhost: n\r\n\r\n', 405, 'bad-method'],
    ['a body that is announced as too large', post('x'.repeat(1_100_000)), 413, 'too-large'],
  ])('refuses %s, and says that it had no effect', async (_title, raw, status, code) => {
    const { answer, handled } = await answerTo(raw);
    expect(answer).toContain(`HTTP/1.1 ${status}`);
    expect(answer).toMatch(new RegExp(`"error":\\{"code":"${code}","message":".*","definite":true\\}`));
    expect(handled).toEqual([]);
  });

  it('takes a post without a body as one', async () => {
    expect((await answerTo(post(''))).handled).toEqual([{ method: 'POST', path: '/x' }]);
  });
});
