import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type Clock, promised, sleep } from '../../../src/base/clock.ts';
import type { NodeId } from '../../../src/raft/protocol/entries.ts';
import type { Message } from '../../../src/raft/protocol/messages.ts';
import type { Peer, Transport } from '../../../src/raft/transport/transport.ts';
import { message } from '../messages.ts';

export interface TransportSubject {
  readonly clock: Clock;
  /** Where nodes can be: four of them. */
  readonly addresses: readonly string[];
  /** A transport that is not started. The ids are a, b, c and x. */
  make(settings: MemberSettings): Transport;
  run<T>(scenario: Promise<T>): Promise<T>;
  dispose(): void;
}

export interface MemberSettings {
  readonly clusterId: string;
  readonly id: NodeId;
  readonly boot: number;
  readonly address: string;
}

/** A started transport and what it has told. */
interface Member extends Peer {
  readonly transport: Transport;
  readonly received: { readonly from: NodeId; readonly message: Message; readonly id: string }[];
  readonly sent: string[];
  readonly dropped: string[];
  readonly noticed: string[];
}

/** What every transport does, and whom it hears. */
export function transportConformance(name: string, make: () => TransportSubject | Promise<TransportSubject>): void {
  let dispose = (): void => {};
  const scenario = (title: string, body: (cluster: Cluster) => Promise<void>): void => {
    it(title, async () => {
      const subject = await make();
      const cluster = new Cluster(subject);
      dispose = () => {
        cluster.stop();
        subject.dispose();
      };
      await subject.run(body(cluster));
      for (const { received } of cluster.members) {
        const ids = received.map(({ id }) => id);
        expect(ids).toEqual([...new Set(ids)]);
      }
    });
  };

  describe(`${name} as a transport`, () => {
    afterEach(() => dispose());

    scenario('carries messages of every kind both ways, unaltered, under one name on both sides', async (cluster) => {
      const { a, b } = await cluster.pair();
      const words = fc.sample(message, { numRuns: 300, seed: 1 });
      for (const [from, to] of [[a, b] as const, [b, a] as const]) {
        const before = { sent: from.sent.length, received: to.received.length };
        for (const word of words) from.transport.send(to.id, word);
        await cluster.until(() => to.received.length === before.received + words.length);
        const received = to.received.slice(before.received);
        const byId = new Map(received.map((one) => [one.id, one]));
        const names = from.sent.slice(before.sent);
        expect(names.map((id) => byId.get(id)?.message)).toEqual(words);
        expect(new Set(received.map((one) => one.from))).toEqual(new Set([from.id]));
      }
      expect([a.dropped, b.dropped, a.noticed, b.noticed]).toEqual([[], [], [], []]);
    });

    scenario('never hands anything over inside a call', async (cluster) => {
      const { a, b } = await cluster.pair();
      const before = b.received.length;
      a.transport.send('b', word(1));
      expect(b.received).toHaveLength(before);
      await cluster.until(() => b.received.length > before);
    });

    scenario('drops what is for nobody known', async (cluster) => {
      const { a } = await cluster.pair();
      const { length } = a.sent;
      a.transport.send('c', word(1));
      expect([a.sent.length, a.dropped]).toEqual([length, [`a.1.${length + 1}`]]);
    });

    scenario('keeps to its own address', async (cluster) => {
      const { a } = await cluster.pair();
      await expect(cluster.start('x', { address: a.address })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    });

    scenario('hears no stranger, and notices it once', async (cluster) => {
      const { b } = await cluster.pair();
      const x = await cluster.start('x');
      x.transport.setPeers([b], 0);
      await cluster.knock(x, b, /^refused a stranger, x$/);
      b.transport.send('x', word(1));
      expect(b.dropped).toHaveLength(1);
    });

    scenario('hears no node of another cluster', async (cluster) => {
      const { b } = await cluster.pair();
      const x = await cluster.start('x', { clusterId: 'elsewhere' });
      x.transport.setPeers([b], 9);
      await cluster.knock(x, b, /^refused a node of another cluster, elsewhere$/);
    });

    scenario('hears nobody who looks for somebody else', async (cluster) => {
      const { a, b } = await cluster.pair();
      a.transport.setPeers([{ id: 'c', address: b.address }], 0);
      // Where names are proved, the one that looks sees it first.
      await cluster.knock(a, { ...b, id: 'c' }, /^refused a, who looks for c$|^does not connect to c .* is of b$/);
    });

    scenario('hears a node that knows a newer configuration, and answers it', async (cluster) => {
      const { a, b } = await cluster.pair();
      b.transport.setPeers([a], 3);
      const x = await cluster.start('x');
      x.transport.setPeers([b], 4);
      await cluster.meet(x, b);
      await cluster.meet(b, x);
      expect(b.noticed).toEqual([]);
    });

    scenario('hears it until it knows that configuration too, in which it is no peer', async (cluster) => {
      const { a, b } = await cluster.pair();
      const x = await cluster.start('x');
      x.transport.setPeers([b], 4);
      await cluster.meet(x, b);
      b.transport.setPeers([a], 3);
      await cluster.meet(x, b);
      b.transport.setPeers([a], 4);
      await cluster.knock(x, b, /^refused a stranger, x$/);
      const { length } = b.dropped;
      b.transport.send('x', word(1));
      expect(b.dropped).toHaveLength(length + 1);
    });

    scenario('goes on with it where it is a peer in that configuration', async (cluster) => {
      const { a, b } = await cluster.pair();
      const x = await cluster.start('x');
      x.transport.setPeers([b], 4);
      await cluster.meet(x, b);
      b.transport.setPeers([a, x], 4);
      await cluster.meet(x, b);
      await cluster.meet(b, x);
    });

    scenario('lets one that knows nobody be heard by whoever adds it', async (cluster) => {
      const { a, b } = await cluster.pair();
      const x = await cluster.start('x');
      a.transport.setPeers([b, x], 1);
      await cluster.meet(a, x);
      await cluster.meet(x, a);
      x.transport.setPeers([a, b], 1);
      await cluster.meet(x, b);
      b.transport.setPeers([a, x], 1);
      await cluster.meet(b, x);
    });

    scenario('hears a removed peer no more, and again once it is back', async (cluster) => {
      const { a, b } = await cluster.pair();
      b.transport.setPeers([], 1);
      await cluster.knock(a, b, /^refused a stranger, a$/);
      b.transport.send('a', word(1));
      expect(b.dropped).toHaveLength(1);
      b.transport.setPeers([a], 2);
      await cluster.meet(a, b);
      await cluster.meet(b, a);
    });

    scenario('follows a peer to another address', async (cluster) => {
      const { a, b } = await cluster.pair();
      b.transport.stop();
      const moved = await cluster.start('b', { boot: 2, address: cluster.freeAddress() });
      moved.transport.setPeers([a], 1);
      a.transport.setPeers([moved], 1);
      await cluster.meet(a, moved);
      await cluster.meet(moved, a);
    });

    scenario('hears a node in its next life, and then not in the one before', async (cluster) => {
      const { a, b } = await cluster.pair();
      a.transport.stop();
      const again = await cluster.start('a', { boot: 2, address: a.address });
      again.transport.setPeers([b], 0);
      await cluster.meet(again, b);
      await cluster.meet(b, again);
      expect(b.received.at(-1)?.id).toMatch(/^a\.2\./);
      const before = await cluster.start('a', { boot: 1, address: cluster.freeAddress() });
      before.transport.setPeers([b], 0);
      await cluster.knock(before, b, /^refused an earlier life of a$/);
    });

    scenario('is silent once it is stopped', async (cluster) => {
      const { a, b } = await cluster.pair();
      const heard = [a.received.length, b.received.length];
      a.transport.send('b', word(1));
      b.transport.send('a', word(2));
      b.transport.stop();
      b.transport.stop();
      b.transport.send('a', word(3));
      a.transport.send('b', word(4));
      await cluster.settle();
      expect(b.received).toHaveLength(heard[1] as number);
      expect(a.received.length).toBeLessThanOrEqual((heard[0] as number) + 1);
      expect(b.dropped).toEqual([b.dropped.at(-1)]);
    });
  });
}

const word = (term: number): Message => ({ kind: 'timeout-now', term });

class Cluster {
  readonly members: Member[] = [];
  readonly #subject: TransportSubject;
  #addressesTaken = 0;

  constructor(subject: TransportSubject) {
    this.#subject = subject;
  }

  freeAddress(): string {
    const address = this.#subject.addresses[this.#addressesTaken++];
    if (address === undefined) throw new Error('a scenario has more nodes than addresses');
    return address;
  }

  async start(id: NodeId, settings: Partial<MemberSettings> = {}): Promise<Member> {
    const { clusterId = 'cluster', boot = 1, address = this.freeAddress() } = settings;
    const transport = this.#subject.make({ clusterId, id, boot, address });
    const member: Member = { id, address, transport, received: [], sent: [], dropped: [], noticed: [] };
    this.members.push(member);
    const events = {
      received: (from: NodeId, what: Message, name: string) =>
        void member.received.push({ from, message: what, id: name }),
      sent: (_to: NodeId, _message: Message, name: string) => void member.sent.push(name),
      dropped: (_to: NodeId, _message: Message, name: string) => void member.dropped.push(name),
      noticed: (what: string) => void member.noticed.push(what),
    };
    await promised<void>(this.#subject.clock, (done) => transport.start(events, done));
    return member;
  }

  /** Two peers that hear each other. */
  async pair(): Promise<{ a: Member; b: Member }> {
    const a = await this.start('a');
    const b = await this.start('b');
    a.transport.setPeers([b], 0);
    b.transport.setPeers([a], 0);
    await this.meet(a, b);
    await this.meet(b, a);
    a.dropped.length = 0;
    b.dropped.length = 0;
    return { a, b };
  }

  /** Sends until something arrives: a connection may have to be made, and what is sent before may get lost. */
  async meet(from: Member, to: Member): Promise<void> {
    const { length } = to.received;
    const heard = (): boolean => to.received.slice(length).some((one) => one.from === from.id);
    while (!heard()) {
      from.transport.send(to.id, word(0));
      await sleep(this.#subject.clock, 10);
    }
    await this.settle();
  }

  /** Sends until it is refused, and some more: nothing is heard, and it is noticed once. */
  async knock(from: Member, to: Member, notice: RegExp): Promise<void> {
    const { length } = to.received;
    const told = (): string[] => [...to.noticed, ...from.noticed].filter((what) => notice.test(what));
    while (told().length === 0) {
      from.transport.send(to.id, word(0));
      await sleep(this.#subject.clock, 10);
    }
    for (let turn = 0; turn < 30; turn++) {
      from.transport.send(to.id, word(0));
      await sleep(this.#subject.clock, 20);
    }
    expect(to.received.slice(length).filter((one) => one.from === from.id)).toEqual([]);
    expect(told()).toHaveLength(1);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await sleep(this.#subject.clock, 5);
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) await sleep(this.#subject.clock, 10);
  }

  stop(): void {
    for (const { transport } of this.members) transport.stop();
  }
}
