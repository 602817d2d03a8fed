import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request } from '../../examples/redis-kv/resp.ts';
import { present } from '../../src/base/assert.ts';
import { needsRedisTools } from '../support/needs.ts';
import { type Name, RedisNodes } from './redis-nodes.ts';

let nodes: RedisNodes;
beforeAll(async () => {
  nodes = await RedisNodes.start();
});
afterAll(() => nodes?.stop());

it('answers what is sent together in order, however it is cut', async () => {
  const commands = [
    ['SET', 'pipe', '1'],
    ['GET', 'pipe'],
    ['INCR', 'pipe'],
    ['INCR', 'pipe'],
    ['MGET', 'pipe', 'none'],
    ['PING'],
    ['SET', 'pipe', 'x', 'NX'],
    ['FLY', 'away'],
    ['INCRBY', 'pipe', 'x'],
    ['SET', 'pipe', 'é\r\n\0', 'GET'],
    ['GET', 'pipe'],
  ];
  const replies = [
    '+OK\r\n',
    '$1\r\n1\r\n',
    ':2\r\n',
    ':3\r\n',
    '*2\r\n$1\r\n3\r\n$-1\r\n',
    '+PONG\r\n',
    '$-1\r\n',
    "-ERR unknown command 'FLY', with args beginning with: 'away' \r\n",
    '-ERR value is not an integer or out of range\r\n',
    '$1\r\n3\r\n',
    '$4\r\né\r\n\0\r\n',
  ].join('');
  const stream = commands.map(request).join('');
  expect(await nodes.exchange('n2', [stream], replies.length)).toBe(replies);
  const pieces = stream.match(/[\s\S]{1,7}/g) ?? [];
  expect(await nodes.exchange('n3', pieces, replies.length)).toBe(replies);
});

it('says what is no request and ends the connection', async () => {
  const reply = await nodes.exchange('n1', ['PING\r\n*1\r\n:1\r\n'], 10_000);
  expect(reply).toBe("+PONG\r\n-ERR Protocol error: expected '$', got ':'\r\n");
});

describe.skipIf(!needsRedisTools())('with redis-cli and redis-benchmark', () => {
  const everywhere = (...words: string[]) => Promise.all(nodes.names.map((name) => nodes.cli(name, ...words)));

  it('is one store, whichever node is asked', async () => {
    expect(await nodes.cli('n1', 'MSET', 'a', '1', 'b', 'two words')).toBe('OK');
    expect(await everywhere('MGET', 'a', 'b')).toEqual(Array(3).fill('1\ntwo words'));
    expect(await nodes.cli('n2', 'INCRBY', 'a', '41')).toBe('42');
    expect(await nodes.cli('n3', 'SET', 'a', 'x', 'IFEQ', '41')).toBe('');
    expect(await nodes.cli('n3', 'SET', 'a', 'x', 'IFEQ', '42')).toBe('OK');
    expect(await nodes.cli('n1', 'GET', 'a')).toBe('x');
    expect(await nodes.cli('n2', 'DEL', 'a', 'b', 'none')).toBe('2');
    expect(await everywhere('EXISTS', 'a', 'b')).toEqual(['0', '0', '0']);
  });

  it('shows no key whose time is over, and forgets it without being asked', async () => {
    const size = Number(await nodes.cli('n1', 'DBSIZE'));
    await nodes.cli('n1', 'SET', 'short', 'x', 'PX', '300');
    await nodes.cli('n1', 'SET', 'shorter', 'x', 'PX', '200');
    await nodes.cli('n1', 'SET', 'long', 'x', 'EX', '1000');
    expect(Number(await nodes.cli('n2', 'TTL', 'long'))).toBeGreaterThan(900);
    await sleep(301);
    expect(await everywhere('GET', 'short')).toEqual(['', '', '']);
    const keys = async () => (await nodes.cli('n3', 'INFO', 'keyspace')).match(/keys=(\d+)/)?.[1];
    while (Number(await keys()) !== size + 1) await sleep(50);
    expect(await nodes.cli('n3', 'PERSIST', 'long')).toBe('1');
    expect(await everywhere('TTL', 'long')).toEqual(['-1', '-1', '-1']);
  });

  it('bears redis-benchmark on every node, pipelined or not', async () => {
    for (const [name, pipelined] of [
      ['n1', '1'],
      ['n2', '16'],
      ['n3', '4'],
    ] as const) {
      const words = ['-n', '1600', '-P', pipelined, '-t', 'ping,set,get,incr,mset', '--csv'];
      const printed = await nodes.benchmark(name, ...words);
      for (const test of ['SET', 'GET', 'INCR', 'MSET (10 keys)']) expect(printed).toContain(`"${test}"`);
    }
    expect(await everywhere('GET', 'counter:__rand_int__')).toEqual(['4800', '4800', '4800']);
    expect(new Set(await everywhere('DBSIZE')).size).toBe(1);
  });

  it('goes on without its leader, which catches up when it comes back', async () => {
    const leader = await nodes.leader();
    const one = present(
      nodes.names.find((name) => name !== leader),
      'another node',
    );
    let [done, unknown] = [0, 0];
    const count = async (name: Name, times: number) => {
      for (let time = 0; time < times; time++) {
        const reply = await nodes.cli(name, 'INCR', 'survivor');
        if (/^\d+$/.test(reply)) done++;
        else if (!reply.startsWith('CLUSTERDOWN')) unknown++;
      }
    };
    await count(one, 10);
    const counting = Promise.all([count(one, 40), count(one, 40)]);
    await nodes.end(leader, 'SIGKILL');
    await counting;
    await nodes.benchmark(one, '-n', '1000', '-t', 'set', '-q');
    await nodes.start(leader);
    const values = (await everywhere('GET', 'survivor')).map(Number);
    expect(new Set(values).size).toBe(1);
    expect(values[0]).toBeGreaterThanOrEqual(done);
    expect(values[0]).toBeLessThanOrEqual(done + unknown);
    expect(done).toBeGreaterThan(10);
    expect(Number((await nodes.cli(leader, 'INFO', 'raft')).match(/raft_snapshot_index:(\d+)/)?.[1])).toBeGreaterThan(
      0,
    );
  });

  it('says what was certainly not done without a majority, and ends when it is told to', async () => {
    await Promise.all([nodes.end('n1', 'SIGKILL'), nodes.end('n2', 'SIGKILL')]);
    expect(await nodes.cli('n3', 'GET', 'a')).toMatch(/^CLUSTERDOWN the command was not executed/);
    // By now it leads nobody, and knows it.
    expect(await nodes.cli('n3', 'SET', 'a', 'never')).toMatch(/^CLUSTERDOWN the command was not executed/);
    expect(await nodes.end('n3', 'SIGTERM')).toBe(0);
  });
});
