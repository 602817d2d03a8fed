import { afterEach, describe, expect, it } from 'vitest';
import { type Clock, promised, sleep } from '../../../src/base/clock.ts';
import type { ChaosError } from '../../../src/base/errors.ts';
import type { Address, Connection, ConnectionEvents, Listener, Network } from '../../../src/base/network.ts';

export interface NetworkSubject {
  readonly clock: Clock;
  readonly client: Network;
  readonly server: Network;
  /** What the server listens on and the client connects to. */
  readonly serverHost: string;
  run<T>(scenario: Promise<T>): Promise<T>;
  dispose(): void;
}

/** One end of a connection that notes what it is told. */
export interface End {
  readonly log: string[];
  connection: Connection;
  received(): string;
  /** Resolves once `condition` holds; it is looked at after every event. */
  until(condition: () => boolean): Promise<void>;
  closed(): boolean;
  error(): ChaosError | null;
}

/** What every network port does. */
export function networkConformance(name: string, make: () => NetworkSubject): void {
  let subject: NetworkSubject | null = null;
  const scenario = (title: string, body: (net: TestNetwork) => Promise<void>): void => {
    it(title, async () => {
      subject = make();
      await subject.run(body(testNetwork(subject)));
    });
  };

  describe(`${name} as a network`, () => {
    afterEach(() => subject?.dispose());

    scenario('carries bytes both ways, in order', async (net) => {
      const { client, server } = await net.pair();
      let sent = '';
      for (let i = 0; i < 500; i++) {
        const piece = `${i},`.repeat(1 + (i % 40));
        sent += piece;
        client.connection.write(bytesOf(piece));
        if (i % 50 === 0) server.connection.write(bytesOf(`<${i}>`));
      }
      await server.until(() => server.received().length >= sent.length);
      await client.until(() => client.received().endsWith('<450>'));
      expect(server.received()).toBe(sent);
      expect(client.received()).toBe('<0><50><100><150><200><250><300><350><400><450>');
    });

    scenario('tells only the end that asked that it is open', async (net) => {
      const { client, server } = await net.pair();
      client.connection.write(bytesOf('x'));
      await server.until(() => server.received() === 'x');
      expect(client.log).toEqual(['opened']);
      expect(server.log).toEqual(['received']);
    });

    scenario('sends what was written before the connection was open', async (net) => {
      const listener = await net.listen();
      const client = net.connect(listener.address, (connection) => connection.write(bytesOf('early')));
      const server = await net.accepted();
      await server.until(() => server.received() === 'early');
      expect(client.log).toEqual(['opened']);
    });

    scenario('ends in good order for both when one closes, and what was written before arrives', async (net) => {
      const { client, server } = await net.pair();
      client.connection.write(bytesOf('last words'));
      client.connection.close();
      expect(client.closed()).toBe(false);
      await client.until(client.closed);
      await server.until(server.closed);
      expect(server.received()).toBe('last words');
      expect([client.error(), server.error()]).toEqual([null, null]);
    });

    scenario('tells of the end once, and of nothing after it', async (net) => {
      const { client, server } = await net.pair();
      server.connection.write(bytesOf('x'));
      client.connection.close();
      client.connection.close();
      client.connection.write(bytesOf('ignored'));
      await client.until(client.closed);
      await server.until(server.closed);
      server.connection.close();
      server.connection.write(bytesOf('ignored'));
      await net.settle();
      expect(client.log.filter((event) => event === 'closed')).toHaveLength(1);
      expect(client.log.at(-1)).toBe('closed');
      expect(server.log).toEqual(['closed']);
    });

    scenario('never tells of an event inside a call', async (net) => {
      const { client } = await net.pair();
      const before = client.log.length;
      client.connection.write(bytesOf('x'));
      client.connection.close();
      expect(client.log).toHaveLength(before);
      await client.until(client.closed);
    });

    scenario('a connection that was never opened can be closed', async (net) => {
      const listener = await net.listen();
      const client = net.connect(listener.address, (connection) => connection.close());
      await client.until(client.closed);
      await net.settle();
      expect(client.log).toEqual(['closed']);
      expect(client.error()).toBeNull();
    });

    scenario('is refused where nothing listens', async (net) => {
      const listener = await net.listen();
      listener.close();
      const client = net.connect(listener.address);
      await client.until(client.closed);
      expect(client.log).toEqual(['closed']);
      expect(client.error()?.code).toBe('ECONNREFUSED');
    });

    scenario('a port is given to one listener at a time', async (net) => {
      const first = await net.listen();
      expect(first.address.port).toBeGreaterThan(0);
      await expect(net.listen(first.address.port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
      first.close();
      await net.settle();
      expect((await net.listen(first.address.port)).address).toEqual(first.address);
    });

    scenario('a listener that closes takes the connections it accepted with it', async (net) => {
      const { client, server, listener } = await net.pair();
      listener.close();
      await server.until(server.closed);
      await client.until(client.closed);
      expect(client.log).toEqual(['opened', 'closed']);
    });

    scenario('has nothing buffered once everything has left', async (net) => {
      const { client, server } = await net.pair();
      client.connection.write(bytesOf('x'.repeat(10_000)));
      await server.until(() => server.received().length === 10_000);
      expect(client.connection.bufferedBytes).toBe(0);
    });
  });
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

type TestNetwork = ReturnType<typeof testNetwork>;

/** Connections with ends that note what they are told; shared with the tests of the memory network. */
export function testNetwork({ clock, client, server, serverHost }: Omit<NetworkSubject, 'run' | 'dispose'>) {
  const accepted: End[] = [];
  let onAccepted = (): void => {};

  const listen = (port = 0): Promise<Listener> =>
    promised(clock, (done) => {
      const accept = (connection: Connection): void => {
        accepted.push(
          observedEnd(clock, (events) => {
            connection.observe(events);
            return connection;
          }),
        );
        onAccepted();
      };
      server.listen({ host: serverHost, port }, accept, done);
    });
  const connect = (address: Address, then: (connection: Connection) => void = () => {}): End => {
    const end = observedEnd(clock, (events) => client.connect(address, events));
    then(end.connection);
    return end;
  };
  /** The next connection that was accepted. */
  const nextAccepted = (): Promise<End> =>
    clock.promise((resolve) => {
      onAccepted = () => {
        const end = accepted.shift();
        if (end !== undefined) resolve(end);
      };
      onAccepted();
    });
  return {
    listen,
    connect,
    accepted: nextAccepted,
    pair: async () => {
      const listener = await listen();
      const end = connect(listener.address);
      const peer = await nextAccepted();
      await end.until(() => end.log.includes('opened'));
      return { listener, client: end, server: peer };
    },
    /** Long enough for what is still to come: in turns, so that a machine that stalls cannot skip them. */
    settle: async () => {
      for (let turn = 0; turn < 5; turn++) await sleep(clock, 10);
    },
  };
}

function observedEnd(clock: Clock, start: (events: ConnectionEvents) => Connection): End {
  const log: string[] = [];
  let received = '';
  let error: ChaosError | null = null;
  let waiting: (() => void)[] = [];
  const note = (event: string): void => {
    // Pieces have no meaning, so the log shows any number of them as one.
    if (event !== 'received' || log.at(-1) !== 'received') log.push(event);
    const checks = waiting;
    waiting = [];
    for (const check of checks) check();
  };
  const connection = start({
    opened: () => note('opened'),
    received: (bytes) => {
      received += new TextDecoder().decode(bytes);
      note('received');
    },
    closed: (reason) => {
      error = reason;
      note('closed');
    },
  });
  return {
    log,
    connection,
    received: () => received,
    closed: () => log.includes('closed'),
    error: () => error,
    until: (condition) =>
      clock.promise((resolve) => {
        const check = (): void => {
          if (condition()) resolve();
          else waiting.push(check);
        };
        check();
      }),
  };
}
