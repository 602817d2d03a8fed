import { describe, expect, it } from 'vitest';
import { ProtocolCluster } from './cluster.ts';
import { beat, broadcastMany, counted, deliverOne, inFlight, led, three } from './scenes.ts';

/** `a` leads, `c` is down and has missed so much that the log of `a` does not go back to it. */
function behind(messages = 8): ProtocolCluster {
  const cluster = led(three);
  cluster.crash('c');
  broadcastMany(cluster, 'a', messages);
  for (const name of ['a', 'b']) {
    cluster.snapshot(name);
    cluster.store(name);
  }
  cluster.restart('c');
  return cluster;
}

/** The first piece is with `c`, and its answer under way. */
function begun(): ProtocolCluster {
  const cluster = behind();
  cluster.timeout('a', 'heartbeat');
  while (!inFlight(cluster).includes('c>a snapshot-taken')) {
    cluster.sync('c');
    cluster.deliver(0);
  }
  return cluster;
}

function beats(cluster: ProtocolCluster, leader: string, count: number): void {
  for (let i = 0; i < count; i++) beat(cluster, leader);
}

describe('a snapshot is installed (figure 13)', () => {
  it('in pieces, where the log does not go back far enough, and the log goes on after it', () => {
    const cluster = behind();
    const pieces = counted(cluster, 'install-snapshot', () => beats(cluster, 'a', 2));
    expect(pieces).toBeGreaterThan(2);
    expect(cluster.delivered('c')).toEqual(cluster.delivered('a'));
    expect(cluster.state('c')).toMatchObject({ commitIndex: 9, logStart: { index: 9, term: 1 } });
    broadcastMany(cluster, 'a', 1);
    expect(cluster.delivered('c')).toHaveLength(9);
    cluster.crash('c');
    cluster.restart('c');
    expect(cluster.delivered('c')).toHaveLength(8);
    beats(cluster, 'a', 2);
    expect(cluster.delivered('c')).toHaveLength(9);
  });

  it('and goes on where it was after a time-out of the receiver, if the same leader goes on', () => {
    const cluster = led(three, { config: { preVote: true, checkQuorum: true } });
    cluster.crash('c');
    broadcastMany(cluster, 'a', 8);
    for (const name of ['a', 'b']) {
      cluster.snapshot(name);
      cluster.store(name);
    }
    cluster.restart('c');
    cluster.timeout('a', 'heartbeat');
    while (!inFlight(cluster).includes('c>a snapshot-taken')) {
      cluster.sync('c');
      cluster.deliver(0);
    }
    cluster.timeout('c');
    expect(cluster.state('c').role).toMatchObject({ name: 'pre-candidate', receiving: { from: 'a', received: 25 } });
    const offsets: number[] = [];
    const deliver = cluster.deliver.bind(cluster);
    cluster.deliver = (place) => {
      const message = cluster.network[place]?.message;
      if (message?.kind === 'install-snapshot') offsets.push(message.offset);
      deliver(place);
    };
    beats(cluster, 'a', 2);
    expect(offsets[0]).toBe(25);
    expect(offsets).not.toContain(0);
    expect(cluster.delivered('c')).toHaveLength(8);
  });

  it('only once it is durable: until then the follower promises nothing', () => {
    const cluster = begun();
    for (let i = 0; i < 100 && cluster.network.length > 0; i++) {
      cluster.sync('c');
      cluster.deliver(0);
    }
    expect(cluster.member('c').disk.storing).toHaveLength(1);
    expect(cluster.delivered('c')).toEqual([]);
    const { role } = cluster.state('a');
    expect(role.name === 'leader' && role.progress[2]?.match).toBe(1);
    cluster.store('c');
    expect(cluster.delivered('c')).toHaveLength(8);
    cluster.settle();
    const after = cluster.state('a').role;
    expect(after.name === 'leader' && after.progress[2]).toMatchObject({ match: 9, sending: null });
  });

  it('while the leader goes on: heartbeats keep the follower, and what comes meanwhile follows', () => {
    const cluster = begun();
    broadcastMany(cluster, 'a', 3);
    beats(cluster, 'a', 2);
    expect(cluster.delivered('c')).toHaveLength(11);
  });

  it('though any one piece, or any one answer, is lost', () => {
    for (const kind of ['install-snapshot', 'snapshot-taken'] as const) {
      for (let lost = 0; lost < 5; lost++) {
        const cluster = behind();
        let seen = 0;
        const deliver = cluster.deliver.bind(cluster);
        cluster.deliver = (place) => {
          const envelope = cluster.network[place];
          if (envelope?.message.kind === kind && seen++ === lost) cluster.drop((one) => one === envelope);
          else deliver(place);
        };
        beats(cluster, 'a', 14);
        expect(cluster.delivered('c'), `${kind} ${lost}`).toHaveLength(8);
      }
    }
  });

  it('though pieces come again and out of order', () => {
    const cluster = behind();
    const sent: (typeof cluster.network)[number][] = [];
    for (let i = 0; i < 30; i++) {
      cluster.timeout('a', 'heartbeat');
      for (const envelope of cluster.network) if (envelope.message.kind === 'install-snapshot') sent.push(envelope);
      const again = sent[i % Math.max(1, sent.length)];
      if (again !== undefined) cluster.network.push(again);
      cluster.network.reverse();
      cluster.settle();
    }
    expect(cluster.delivered('c')).toHaveLength(8);
  });

  it('from the beginning, after a crash in the middle', () => {
    const cluster = begun();
    cluster.crash('c');
    cluster.drop(() => true);
    cluster.restart('c');
    beats(cluster, 'a', 12);
    expect(cluster.delivered('c')).toHaveLength(8);
  });

  it('after a crash between the snapshot and the log: what is stored is taken up', () => {
    const cluster = begun();
    for (let i = 0; i < 100 && cluster.member('c').disk.storing.length === 0; i++) {
      cluster.sync('c');
      cluster.deliver(0);
    }
    cluster.crash('c', 0, 1);
    cluster.restart('c');
    expect(cluster.delivered('c')).toHaveLength(8);
    expect(cluster.state('c')).toMatchObject({ commitIndex: 9, logStart: { index: 9, term: 1 } });
    beats(cluster, 'a', 12);
    broadcastMany(cluster, 'a', 1);
    expect(cluster.delivered('c')).toHaveLength(9);
  });

  it('by the next leader from its own beginning: pieces of two leaders are not put together', () => {
    const cluster = begun();
    cluster.settle(['c']);
    cluster.crash('a');
    cluster.drop(() => true);
    cluster.nowMs = 7;
    for (let i = 0; i < 2; i++) {
      cluster.timeout('b');
      cluster.settle();
    }
    expect(cluster.leader).toBe('b');
    beats(cluster, 'b', 12);
    expect(cluster.delivered('c')).toHaveLength(8);
  });

  it('also where that of the old leader becomes durable only under the next', () => {
    const cluster = begun();
    for (let i = 0; i < 100 && cluster.member('c').disk.storing.length === 0; i++) {
      cluster.sync('c');
      cluster.deliver(0);
    }
    cluster.crash('a');
    cluster.drop(() => true);
    cluster.timeout('b');
    cluster.sync('b');
    deliverOne(cluster, 'request-vote', 'b', 'c');
    cluster.sync('c');
    deliverOne(cluster, 'vote', 'c', 'b');
    deliverOne(cluster, 'append-entries', 'b', 'c');
    cluster.store('c');
    expect(cluster.delivered('c')).toHaveLength(8);
    cluster.settle();
    beats(cluster, 'b', 3);
    broadcastMany(cluster, 'b', 1);
    expect(cluster.delivered('c')).toHaveLength(9);
  });

  it('though the leader takes newer ones meanwhile: the one that is being sent is finished', () => {
    const cluster = begun();
    broadcastMany(cluster, 'a', 2, ['c']);
    cluster.snapshot('a');
    cluster.store('a');
    expect(cluster.state('a').snapshot?.index).toBe(11);
    beats(cluster, 'a', 12);
    expect(cluster.delivered('c')).toHaveLength(10);
  });

  it('the newest, where the one that was being sent is gone', () => {
    const cluster = begun();
    for (let i = 0; i < 2; i++) {
      broadcastMany(cluster, 'a', 2, ['c']);
      cluster.snapshot('a');
      cluster.store('a');
    }
    expect(cluster.member('a').disk.find(9)).toBeNull();
    beats(cluster, 'a', 12);
    expect(cluster.delivered('c')).toHaveLength(12);
    expect(cluster.state('c').snapshot?.index).toBe(13);
  });
});

describe('what a snapshot makes of the log that was there', () => {
  it('a conflicting log goes, all of it', () => {
    const cluster = new ProtocolCluster(three, {
      logs: { a: [1, 3, 3, 3], b: [1, 3, 3, 3], c: [1, 2, 2, 2, 2, 2, 2] },
    });
    cluster.timeout('a');
    cluster.settle(['c']);
    cluster.snapshot('a');
    cluster.settle(['c']);
    expect(cluster.state('a').logStart.index).toBe(5);
    beats(cluster, 'a', 3);
    expect(cluster.state('c').logStart).toEqual({ index: 5, term: 4 });
    expect(cluster.terms('c')).toEqual([]);
    cluster.crash('c');
    cluster.restart('c');
    expect(cluster.delivered('c')).toEqual(cluster.delivered('a'));
  });

  it('a longer log that agrees stays after it', () => {
    const cluster = led(three);
    broadcastMany(cluster, 'a', 6, ['b']);
    // c has it all, and does not know that much is committed; a snapshot covers only a part.
    cluster.crash('c');
    cluster.restart('c');
    const { state } = cluster.member('c');
    expect([state.commitIndex, state.log.last]).toEqual([0, 7]);
    const snapshot = { index: 4, term: 1, position: 3, configuration: cluster.initial, sessions: [] };
    const data = new TextEncoder().encode([1, 2, 3].map((at) => `a@0|${at}|m${at}`).join('\n'));
    const message = { kind: 'install-snapshot', term: 1, snapshot, offset: 0, data, last: true, round: 0 } as const;
    cluster.event('c', { type: 'receive', from: 'a', message, nowMs: 0 });
    cluster.store('c');
    expect(cluster.state('c')).toMatchObject({ commitIndex: 4, logStart: { index: 4, term: 1 }, durableIndex: 7 });
    expect(cluster.terms('c')).toEqual([1, 1, 1]);
    expect(cluster.member('c').disk.unsynced).toEqual([]);
    cluster.crash('c');
    cluster.restart('c');
    expect(cluster.terms('c')).toEqual([1, 1, 1]);
  });

  it('one that is older than what is committed changes nothing, and is answered as accepted', () => {
    const cluster = behind();
    beats(cluster, 'a', 2);
    const before = cluster.state('c');
    const snapshot = { index: 4, term: 1, position: 3, configuration: cluster.initial, sessions: [] };
    const message = {
      kind: 'install-snapshot',
      term: 1,
      snapshot,
      offset: 0,
      data: new Uint8Array(3),
      last: true,
      round: 0,
    } as const;
    cluster.event('c', { type: 'receive', from: 'a', message, nowMs: 0 });
    expect(cluster.state('c').log).toBe(before.log);
    expect(cluster.network.at(-1)?.message).toMatchObject({ kind: 'append-accepted', matchIndex: 4 });
  });
});
