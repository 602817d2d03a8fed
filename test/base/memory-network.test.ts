import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { promised } from '../../src/base/clock.ts';
import type { ChaosError } from '../../src/base/errors.ts';
import { LOST } from '../../src/base/memory/connection.ts';
import { type MemoryWorldOptions, memoryWorld } from '../../src/base/memory/world.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { ApiResponse } from '../../src/base/requests.ts';
import { testNetwork } from './conformance/network.ts';

const SEED = 11;
const SECOND = 1e9;
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Two hosts, a and b, and connections from a to b. */
function twoHosts(options: MemoryWorldOptions = {}, seed = SEED) {
  const world = memoryWorld(seed, options);
  const a = world.host('a').start();
  const b = world.host('b').start();
  const net = testNetwork({ clock: world.clock, client: a.network, server: b.network, serverHost: 'b' });
  const cutBoth = (): void => {
    world.network.cut('a', 'b');
    world.network.cut('b', 'a');
  };
  const healBoth = (): void => {
    world.network.heal('a', 'b');
    world.network.heal('b', 'a');
  };
  const { clock, network } = world;
  const pair = () => clock.drive(net.pair());
  const runFor = (seconds: number): Promise<void> => clock.run(clock.nowNs() + seconds * SECOND);
  return { world, net, pair, clock, network, cutBoth, healBoth, runFor };
}

describe('a cut', () => {
  it('stalls connections, counts what it drops, and what was held arrives in order some time after the heal', async () => {
    const { pair, network, cutBoth, healBoth, runFor } = twoHosts();
    const { client, server } = await pair();
    client.connection.write(bytesOf('before,'));
    await runFor(1);
    cutBoth();
    for (const piece of ['one,', 'two,', 'three']) client.connection.write(bytesOf(piece));
    await runFor(5);
    expect(server.received()).toBe('before,');
    expect(client.connection.bufferedBytes).toBe('one,two,three'.length);
    expect(network.traffic('a', 'b').dropped).toBeGreaterThan(3);
    healBoth();
    await runFor(0.01);
    expect(server.received(), 'TCP does not know of the heal').toBe('before,');
    await runFor(7);
    expect(server.received()).toBe('before,one,two,three');
    expect([client.connection.bufferedBytes, client.closed(), server.closed()]).toEqual([0, false, false]);
  });

  it('in one direction lets bytes through in the other, until their sender misses the acknowledgement', async () => {
    const { pair, network, runFor } = twoHosts();
    const { client, server } = await pair();
    network.cut('b', 'a');
    client.connection.write(bytesOf('arrives,'));
    await runFor(0.1);
    client.connection.write(bytesOf('waits'));
    server.connection.write(bytesOf('waits too'));
    await runFor(3);
    expect([server.received(), client.received()]).toEqual(['arrives,', '']);
    expect(client.connection.bufferedBytes).toBe('waits'.length);
    expect(network.traffic('a', 'b').dropped).toBe(0);
    network.heal('b', 'a');
    await runFor(10);
    expect([server.received(), client.received()]).toEqual(['arrives,waits', 'waits too']);
  });

  it('adds up with other cuts of the same link', async () => {
    const { pair, network, runFor } = twoHosts();
    const { client, server } = await pair();
    network.cut('a', 'b');
    network.cut('a', 'b');
    network.heal('a', 'b');
    client.connection.write(bytesOf('x'));
    await runFor(2);
    expect(server.received()).toBe('');
    network.heal('a', 'b');
    await runFor(5);
    expect(server.received()).toBe('x');
    expect(() => network.heal('a', 'b')).toThrow('only a link that is cut');
  });

  it('breaks a connection that made no progress for the time allowed; the peer finds out when it writes', async () => {
    const { pair, cutBoth, healBoth, runFor } = twoHosts({ network: { giveUpMs: 20_000 } });
    const { client, server } = await pair();
    cutBoth();
    client.connection.write(bytesOf('x'));
    await runFor(60);
    expect(client.error()?.code).toBe('ETIMEDOUT');
    healBoth();
    await runFor(60);
    expect(server.closed()).toBe(false);
    server.connection.write(bytesOf('are you there?'));
    await runFor(1);
    expect(server.error()?.code).toBe('ECONNRESET');
  });

  it.each([
    ['a', 'b'],
    ['b', 'a'],
  ])('from %s to %s lets a connect time out after 127 seconds', async (from, to) => {
    const { net, network, clock } = twoHosts();
    const listener = await clock.drive(net.listen());
    network.cut(from, to);
    const start = clock.nowNs();
    const client = net.connect(listener.address);
    await clock.drive(client.until(client.closed));
    expect(client.error()?.code).toBe('ETIMEDOUT');
    expect((clock.nowNs() - start) / SECOND).toBeCloseTo(127, 0);
    expect(network.traffic(from, to).dropped).toBe(7);
  });

  it('that is healed in time lets a connect through', async () => {
    const { net, network, clock, runFor } = twoHosts();
    const listener = await clock.drive(net.listen());
    network.cut('a', 'b');
    const client = net.connect(listener.address, (connection) => connection.write(bytesOf('x')));
    await runFor(2);
    network.heal('a', 'b');
    const server = await clock.drive(net.accepted());
    await clock.drive(server.until(() => server.received() === 'x'));
    expect(client.log).toEqual(['opened']);
  });

  it('whenever it comes, and whatever else gets lost, leaves every stream in order and complete in the end', async () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constantFrom('cut' as const, 'heal' as const), forth: fc.boolean() }),
      fc.record({ kind: fc.constant('write' as const), forth: fc.boolean(), length: fc.integer({ min: 1, max: 50 }) }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(3000) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.nat(0xffffffff),
        fc.array(action, { maxLength: 40 }),
        fc.nat(3),
        async (seed, actions, lossIn10) => {
          const draw = seededRandom(seed);
          let lossy = false;
          const decide = (): number => (lossy && draw.integer(1, 10) <= lossIn10 ? LOST : draw.integer(0, 1_000_000));
          const patient = { decide, splitOneIn: 2, retransmitMaxMs: 1000, giveUpMs: 1e7 };
          const { pair, network, runFor } = twoHosts({ network: patient }, seed);
          const { client, server } = await pair();
          lossy = true;
          const cuts = { forth: 0, back: 0 };
          const sent = { forth: '', back: '' };
          let next = 0;
          for (const act of actions) {
            if (act.kind === 'wait') {
              await runFor(act.ms / 1000);
              continue;
            }
            const way = act.forth ? 'forth' : 'back';
            const [from, to] = act.forth ? (['a', 'b'] as const) : (['b', 'a'] as const);
            if (act.kind === 'write') {
              const piece = `${next++}`.padEnd(act.length, '.');
              sent[way] += piece;
              (act.forth ? client : server).connection.write(bytesOf(piece));
            } else if (act.kind === 'cut') {
              network.cut(from, to);
              cuts[way] += 1;
            } else if (cuts[way] > 0) {
              network.heal(from, to);
              cuts[way] -= 1;
            }
            expect(sent.forth.startsWith(server.received()) && sent.back.startsWith(client.received())).toBe(true);
          }
          for (; cuts.forth > 0; cuts.forth--) network.heal('a', 'b');
          for (; cuts.back > 0; cuts.back--) network.heal('b', 'a');
          await runFor(900);
          expect([server.received(), client.received()]).toEqual([sent.forth, sent.back]);
          expect([client.connection.bufferedBytes, server.connection.bufferedBytes]).toEqual([0, 0]);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('the end of a host’s process', () => {
  it('by a crash ends its connections and its listeners; what it had written still arrives', async () => {
    const { world, net, pair, clock, runFor } = twoHosts();
    const { client, server, listener } = await pair();
    server.connection.write(bytesOf('last words'));
    world.host('b').crash();
    await runFor(1);
    expect([client.received(), client.log, client.error()]).toEqual([
      'last words',
      ['opened', 'received', 'closed'],
      null,
    ]);
    expect(server.log).toEqual([]);
    const refused = net.connect(listener.address);
    await clock.drive(refused.until(refused.closed));
    expect(refused.error()?.code).toBe('ECONNREFUSED');
  });

  it('by a power loss tells nobody; who writes is answered with a reset', async () => {
    const { world, pair, runFor } = twoHosts();
    const { client } = await pair();
    world.host('b').powerLoss();
    await runFor(1000);
    expect(client.closed()).toBe(false);
    client.connection.write(bytesOf('x'));
    await runFor(1);
    expect(client.error()?.code).toBe('ECONNRESET');
  });

  it('behind a cut shows only after the heal', async () => {
    const { world, pair, cutBoth, healBoth, runFor } = twoHosts();
    const { client } = await pair();
    cutBoth();
    world.host('b').crash();
    await runFor(10);
    expect(client.closed()).toBe(false);
    healBoth();
    await runFor(30);
    expect(client.closed()).toBe(true);
  });

  it('leaves its port to the next one', async () => {
    const { world, pair, clock } = twoHosts();
    const { listener } = await pair();
    world.host('b').crash();
    const next = world.host('b').start();
    const bound = promised(clock, (done) => next.network.listen(listener.address, () => {}, done));
    expect(await clock.drive(bound)).toMatchObject({ address: listener.address });
  });
});

describe('a paused host', () => {
  it('takes what reached it in order when it goes on', async () => {
    const { world, pair, runFor } = twoHosts();
    const { client, server } = await pair();
    world.host('b').pause();
    client.connection.write(bytesOf('one,'));
    client.connection.write(bytesOf('two'));
    client.connection.close();
    await runFor(5);
    expect(server.log).toEqual([]);
    world.host('b').resume();
    await runFor(1);
    expect([server.received(), server.log]).toEqual(['one,two', ['received', 'closed']]);
  });
});

describe('a host that catches up after a pause', () => {
  it('is told nothing more of a connection that it closes meanwhile', async () => {
    const { world, pair, runFor } = twoHosts({ network: { splitOneIn: 1 } });
    const { client, server } = await pair();
    world.host('b').pause();
    for (const piece of ['one', 'two', 'three']) client.connection.write(bytesOf(piece));
    await runFor(1);
    void server.until(() => server.received() !== '').then(() => server.connection.close());
    world.host('b').resume();
    await runFor(1);
    expect([server.received(), server.log]).toEqual(['one', ['received', 'closed']]);
  });
});

describe('calls in a memory world', () => {
  const address = { host: 'b', port: 8000 };

  /** Host b serves and answers after 10 ms; host `client` calls it. */
  function service() {
    const world = memoryWorld(SEED);
    const start = (): Promise<void> => {
      const ports = world.host('b').start();
      const served = promised(world.clock, (done) => {
        const respond = (answer: (response: ApiResponse) => void) => answer({ status: 200, body: 'done' });
        ports.requestServer.serve(
          address,
          (_request, answer) => void ports.clock.setTimer(10, () => respond(answer)),
          done,
        );
      });
      return world.clock.drive(served.then(() => {}));
    };
    const caller = world.host('client').start();
    const call = (timeoutMs = 1000): Promise<string> =>
      promised<ApiResponse>(caller.clock, (done) => {
        caller.requestClient.call(address, { method: 'GET', path: '/' }, timeoutMs, done);
      }).then(
        (response) => String(response.body),
        (error: ChaosError) => error.code,
      );
    return { world, start, call, drive: world.clock.drive };
  }

  it('do not notice a cut between nodes, and time out over a cut of their own', async () => {
    const { world, start, call, drive } = service();
    await start();
    world.network.cut('a', 'b');
    world.network.cut('b', 'a');
    expect(await drive(call())).toBe('done');
    world.network.cut('client', 'b');
    expect(await drive(call())).toBe('timeout');
  });

  it('under way at a crash are lost, those after it refused, and those after a restart answered', async () => {
    const { world, start, call, drive } = service();
    await start();
    const lost = call();
    world.clock.schedule(5e6, () => world.host('b').crash());
    expect(await drive(lost)).toBe('connection-lost');
    expect(await drive(call())).toBe('connection-refused');
    await start();
    expect(await drive(call())).toBe('done');
  });

  it('to a paused node time out, and are answered again when it goes on', async () => {
    const { world, start, call, drive } = service();
    await start();
    world.host('b').pause();
    expect(await drive(call())).toBe('timeout');
    world.host('b').resume();
    expect(await drive(call())).toBe('done');
  });

  it('to a host that does not exist are refused', async () => {
    const { call, drive } = service();
    expect(await drive(call())).toBe('connection-refused');
  });
});

describe('a memory world', () => {
  /** Everything that three chattering hosts see, with its time, while links are cut and one host crashes. */
  async function trace(seed: number): Promise<string[]> {
    const world = memoryWorld(seed);
    const events: string[] = [];
    const names = ['a', 'b', 'c'];
    for (const name of names) {
      const { network, clock, disk } = world.host(name).start();
      const note = (event: string): void => void events.push(`${clock.nowNs()} ${name} ${event}`);
      const observe = (peer: string) => ({
        opened: () => note(`opened ${peer}`),
        received: (bytes: Uint8Array) => note(`received ${bytes.length} from ${peer}`),
        closed: (error: ChaosError | null) => note(`closed ${peer} ${error?.code}`),
      });
      network.listen(
        { host: name, port: 1 },
        (connection) => connection.observe(observe('a client')),
        () => {},
      );
      disk.open('log', (opened) => {
        if (opened.ok) opened.value.write(0, bytesOf('x'), () => note('written'));
      });
      for (const peer of names) {
        const connection = network.connect({ host: peer, port: 1 }, observe(peer));
        const chatter = (): void => {
          connection.write(bytesOf('hello'.repeat(20)));
          clock.setTimer(30, chatter);
        };
        chatter();
      }
    }
    world.clock.schedule(1 * SECOND, () => world.network.cut('a', 'b'));
    world.clock.schedule(2 * SECOND, () => world.host('c').crash());
    world.clock.schedule(3 * SECOND, () => world.network.heal('a', 'b'));
    await world.clock.run(5 * SECOND);
    return events;
  }

  it('happens again exactly from the same seed, and otherwise from another', async () => {
    const first = await trace(SEED);
    expect(first.length).toBeGreaterThan(500);
    expect(await trace(SEED)).toEqual(first);
    expect(await trace(SEED + 1)).not.toEqual(first);
  });
});
