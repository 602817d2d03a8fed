import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plantedBug } from '../../src/node/bugs.ts';
import { step as protocolStep } from '../../src/raft/protocol/step.ts';
import type { Step } from '../../src/raft/protocol/types.ts';
import { type Envelope, entriesOf, ProtocolCluster } from './protocol-cluster.ts';

const three = ['a', 'b', 'c'];
const five = ['a', 'b', 'c', 'd', 'e'];

describe('election (section 5.2)', () => {
  it('elects a node that stands alone, once its vote is durable, and delivers', () => {
    const cluster = new ProtocolCluster(['a']);
    cluster.timeout('a');
    expect(cluster.member('a').state.role.name).toBe('candidate');
    cluster.sync('a', 1);
    expect(cluster.member('a').state.role.name).toBe('leader');
    cluster.broadcast('a', 1);
    expect(cluster.delivered('a')).toEqual([]);
    cluster.settle();
    expect(cluster.delivered('a')).toEqual(['m1']);
    expect(cluster.answers.get(1)).toEqual({ ok: true, position: 1 });
  });

  it('asks for votes only when its own vote is durable', () => {
    const cluster = new ProtocolCluster(three);
    cluster.timeout('a');
    expect(cluster.network).toEqual([]);
    cluster.sync('a');
    expect(cluster.network.map(({ to, message }) => [to, message.kind])).toEqual([
      ['b', 'request-vote'],
      ['c', 'request-vote'],
    ]);
  });

  it('gives one vote a term, also over a crash', () => {
    const cluster = new ProtocolCluster(three);
    cluster.timeout('a');
    cluster.timeout('b');
    cluster.sync('a');
    cluster.sync('b');
    cluster.deliver(cluster.network.findIndex(({ from, to }) => from === 'a' && to === 'c'));
    cluster.sync('c');
    cluster.crash('c');
    cluster.restart('c');
    cluster.settle();
    expect(cluster.member('a').state.role.name).toBe('leader');
    expect(cluster.member('b').state.role.name).toBe('follower');
  });

  it('forgets a vote that was not durable, and had not told anybody of it', () => {
    const cluster = new ProtocolCluster(three);
    cluster.timeout('a');
    cluster.sync('a');
    cluster.deliver(cluster.network.findIndex(({ to }) => to === 'c'));
    cluster.crash('c');
    cluster.restart('c');
    expect(cluster.network.filter(({ from }) => from === 'c')).toEqual([]);
    expect(cluster.member('c').state.votedFor).toBeNull();
  });

  it('votes only for a log at least as up-to-date as its own (section 5.4.1)', () => {
    const cluster = new ProtocolCluster(three);
    cluster.timeout('a');
    cluster.settle(['c']);
    cluster.broadcast('a', 1);
    cluster.settle(['c']);
    cluster.timeout('c');
    cluster.settle();
    expect(cluster.member('c').state.role.name).toBe('candidate');
    cluster.timeout('b');
    cluster.settle();
    expect(cluster.member('b').state.role.name).toBe('leader');
    expect(cluster.terms('c')).toEqual(cluster.terms('b'));
  });
});

describe('replication (section 5.3)', () => {
  function led(names: readonly string[]): ProtocolCluster {
    const cluster = new ProtocolCluster(names);
    cluster.timeout('a');
    cluster.settle();
    return cluster;
  }

  it('delivers the same order everywhere, whoever is asked', () => {
    const cluster = led(five);
    for (const [place, name] of five.entries()) cluster.broadcast(name, place + 1);
    cluster.settle();
    for (const name of five) expect(cluster.delivered(name)).toEqual(cluster.delivered('a'));
    expect(cluster.delivered('a').toSorted()).toEqual(['m1', 'm2', 'm3', 'm4', 'm5']);
    expect([...cluster.answers.values()].every((answer) => answer.ok)).toBe(true);
  });

  it('acknowledges only what a majority holds durably, the leader itself included', () => {
    const cluster = led(three);
    cluster.broadcast('a', 1);
    cluster.deliver(0);
    expect(cluster.answers.has(1)).toBe(false);
    cluster.sync('b');
    cluster.drop(({ to }) => to === 'c');
    cluster.deliver(0);
    expect(cluster.answers.has(1)).toBe(false);
    cluster.sync('a');
    expect(cluster.answers.get(1)).toEqual({ ok: true, position: 1 });
  });

  it('says no-leader, definitely, where none is known', () => {
    const cluster = new ProtocolCluster(three);
    cluster.broadcast('b', 1);
    expect(cluster.answers.get(1)).toEqual({ ok: false, code: 'no-leader', definite: true });
  });

  it('answers what a deposed leader had under way as unknown, and overwrites it', () => {
    const cluster = led(three);
    cluster.broadcast('a', 1);
    cluster.settle(['a']);
    cluster.timeout('b');
    cluster.settle(['a']);
    cluster.broadcast('b', 2);
    cluster.settle(['a']);
    cluster.timeout('b', 'heartbeat');
    cluster.settle();
    cluster.timeout('b', 'heartbeat');
    cluster.settle();
    expect(cluster.answers.get(1)).toEqual({ ok: false, code: 'leadership-lost', definite: false });
    for (const name of three) expect(cluster.delivered(name)).toEqual(['m2']);
  });

  it('serves a read anywhere once the leader has made sure that it still leads', () => {
    const cluster = led(three);
    cluster.broadcast('a', 1);
    cluster.settle();
    cluster.read('b', 2);
    expect(cluster.answers.has(2)).toBe(false);
    cluster.settle();
    expect(cluster.answers.get(2)).toEqual({ ok: true, position: 1 });
    expect(cluster.delivered('b')).toEqual(['m1']);
    cluster.read('a', 3);
    cluster.settle(['a']);
    expect(cluster.answers.has(3)).toBe(false);
    cluster.timeout('b');
    cluster.settle(['a']);
    cluster.timeout('b', 'heartbeat');
    cluster.settle();
    expect(cluster.answers.get(3)).toEqual({ ok: false, code: 'leadership-lost', definite: true });
  });

  it('brings a follower that missed much up to date in batches after lost messages', () => {
    const cluster = led(three);
    for (let i = 1; i <= 40; i++) {
      cluster.broadcast('a', i);
      cluster.settle(['c']);
    }
    for (let i = 0; i < 3; i++) {
      cluster.timeout('a', 'heartbeat');
      cluster.settle();
    }
    expect(cluster.delivered('c')).toEqual(cluster.delivered('a'));
    expect(cluster.delivered('c')).toHaveLength(40);
  });

  it('does not commit an earlier term by counting (figure 8)', () => {
    const cluster = new ProtocolCluster(five);
    cluster.timeout('a');
    cluster.settle();
    // (a) The entry of term 1 reaches b only, then a is gone. It fills a message, so that none carries it with another.
    cluster.broadcast('a', 1, 'x'.repeat(1001));
    cluster.settle(['c', 'd', 'e']);
    cluster.crash('a');
    expect(cluster.terms('b')).toEqual([1, 1]);
    // (b) e wins term 2 with c and d, and appends its no-op for itself only.
    cluster.timeout('e');
    cluster.sync('e');
    while (cluster.network.some(({ message }) => message.kind === 'request-vote' || message.kind === 'vote')) {
      cluster.drop(({ to, message }) => to === 'a' || to === 'b' || message.kind === 'append-entries');
      cluster.deliver(0);
      for (const name of ['c', 'd']) cluster.sync(name);
    }
    expect(cluster.member('e').state.role.name).toBe('leader');
    cluster.sync('e');
    expect(cluster.terms('e')).toEqual([1, 2]);
    cluster.crash('e');
    cluster.network = [];
    // (c) a stands in vain for term 2, in which c and d have voted, and then wins term 3.
    cluster.restart('a');
    cluster.timeout('a');
    cluster.settle();
    expect(cluster.member('a').state.role.name).toBe('candidate');
    cluster.timeout('a');
    // It spreads its entry of term 1 to c and d, while its own of term 3 stays with it: b hears nothing of it, and c and
    // d only what they lack the entry of term 1 for.
    const spreadsTerm3 = ({ to, message }: Envelope): boolean =>
      message.kind === 'append-entries' &&
      (to === 'b' || cluster.terms(to).length >= message.prevLogIndex) &&
      message.entries.some((entry) => entry.term === 3);
    for (let i = 0; i < 200; i++) {
      for (const name of ['a', 'b', 'c', 'd']) cluster.sync(name);
      cluster.drop(spreadsTerm3);
      if (cluster.network.length === 0) break;
      cluster.deliver(0);
    }
    expect(cluster.network).toEqual([]);
    const { term, role, commitIndex, durableIndex } = cluster.member('a').state;
    expect({ term, commitIndex, durableIndex }).toEqual({ term: 3, commitIndex: 0, durableIndex: 3 });
    expect(role.name === 'leader' && role.progress.map(({ match }) => match)).toEqual([0, 0, 2, 2, 0]);
    const held = three.map((name) => cluster.terms(name));
    expect([...held, cluster.terms('d')]).toEqual([
      [1, 1, 3],
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
    expect(cluster.delivered('a')).toEqual([]);
    // (e) Once its own entry is with a majority both are committed.
    cluster.timeout('a', 'heartbeat');
    cluster.timeout('a', 'heartbeat');
    cluster.settle();
    expect(cluster.member('a').state.commitIndex).toBe(3);
    expect(cluster.delivered('a')).toHaveLength(1);
  });

  it('leaves every old state as it was', () => {
    const cluster = led(three);
    const before = cluster.member('a').state;
    const snapshot = JSON.stringify([before, entriesOf(before)]);
    cluster.broadcast('a', 1);
    cluster.settle();
    cluster.broadcast('a', 2);
    cluster.settle();
    expect(JSON.stringify([before, entriesOf(before)])).toBe(snapshot);
  });
});

/** One thing that may happen, drawn at random. */
const happening = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('deliver' as const), pick: fc.nat(50) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('sync' as const), pick: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('drop' as const), pick: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('duplicate' as const), pick: fc.nat(50) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('heartbeat' as const), pick: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('election' as const), pick: fc.nat(50) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('broadcast' as const), pick: fc.nat(50) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), pick: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), pick: fc.nat(50) }) },
);

type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

function happen(cluster: ProtocolCluster, { do: what, pick }: Happening, request: number): void {
  const name = three[pick % 3] ?? 'a';
  const place = cluster.network.length === 0 ? 0 : pick % cluster.network.length;
  if (what === 'deliver') cluster.deliver(place);
  if (what === 'sync') cluster.sync(name, 1 + (pick % 3));
  if (what === 'drop') cluster.network.splice(place, 1);
  const envelope = cluster.network[place];
  // A broadcast that is handed on twice is two broadcasts: a connection never repeats a message.
  const repeatable = envelope !== undefined && envelope.message.kind !== 'forward';
  if (what === 'duplicate' && repeatable) cluster.network.push(envelope);
  if (what === 'heartbeat') cluster.timeout(name, 'heartbeat');
  if (what === 'election') cluster.timeout(name);
  if (what === 'broadcast') cluster.broadcast(name, request);
  if (what === 'read') cluster.read(name, request);
  if (what === 'crash') {
    cluster.crash(name);
    cluster.restart(name);
  }
}

/** Linearizable reads: each sees at least what had been acknowledged when it was asked. */
class Reads {
  readonly #due = new Map<number, number>();
  served = 0;

  asked(cluster: ProtocolCluster, request: number): void {
    const acknowledged = [...cluster.answers].map(([, answer]) => (answer.ok ? answer.position : 0));
    this.#due.set(request, Math.max(0, ...acknowledged));
  }

  check(cluster: ProtocolCluster): void {
    for (const [request, due] of this.#due) {
      const answer = cluster.answers.get(request);
      if (answer === undefined) continue;
      this.#due.delete(request);
      if (answer.ok) this.served++;
      if (answer.ok) expect(answer.position, `read ${request}`).toBeGreaterThanOrEqual(due);
    }
  }
}

/** Log Matching, State Machine Safety and what was acknowledged, over everything seen so far. */
class Promises {
  readonly #committed: string[] = [];

  check(cluster: ProtocolCluster, broadcasts: ReadonlySet<number>): void {
    for (const [name, { state, delivered }] of cluster.members) {
      for (let index = 1; index <= state.commitIndex; index++) {
        const entry = state.log.get(index);
        const text = `${entry.term} ${entry.kind === 'message' ? new TextDecoder().decode(entry.payload) : ''}`;
        this.#committed[index] ??= text;
        expect(text, `${name} committed index ${index}`).toBe(this.#committed[index]);
      }
      for (const [place, delivery] of delivered.entries()) expect(delivery.position).toBe(place + 1);
    }
    const messages = this.#committed.filter((text) => text !== undefined && !text.endsWith(' '));
    for (const [requestId, answer] of cluster.answers) {
      if (answer.ok && broadcasts.has(requestId))
        expect(messages[answer.position - 1]?.split(' ')[1]).toBe(`m${requestId}`);
    }
  }
}

interface Played {
  readonly cluster: ProtocolCluster;
  readonly reads: Reads;
}

/** Plays a schedule, and holds the cluster to its promises after every happening. */
function play(schedule: readonly Happening[], step: Step, settle: boolean): Played {
  const cluster = new ProtocolCluster(three, step);
  const promises = new Promises();
  const reads = new Reads();
  const broadcasts = new Set<number>();
  for (const [request, what] of schedule.entries()) {
    if (what.do === 'broadcast') broadcasts.add(request);
    if (what.do === 'read') reads.asked(cluster, request);
    happen(cluster, what, request);
    reads.check(cluster);
    promises.check(cluster, broadcasts);
  }
  for (let round = 0; settle && round < 2; round++) {
    cluster.timeout('a');
    cluster.settle();
    promises.check(cluster, broadcasts);
  }
  return { cluster, reads };
}

describe('any schedule', () => {
  const schedules = fc.array(happening, { minLength: 50, maxLength: 400, size: 'max' });

  it('keeps Election Safety, State Machine Safety, every acknowledgement, and reads linearizable', () => {
    const seen = { elections: 0, acknowledged: 0, reads: 0 };
    fc.assert(
      fc.property(schedules, (schedule) => {
        const { cluster, reads } = play(schedule, protocolStep, false);
        seen.elections += cluster.leaders.size;
        seen.acknowledged += [...cluster.answers.values()].filter((answer) => answer.ok).length;
        seen.reads += reads.served;
      }),
      { numRuns: 800 },
    );
    // A property that nothing exercises proves nothing.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(50);
  });

  it.each(['lost-ack', 'stale-read', 'forgotten-vote'])('catches the planted bug %s', (name) => {
    const buggy = plantedBug(name).plant(protocolStep);
    const caught = fc.check(
      fc.property(schedules, (schedule) => void play(schedule, buggy, true)),
      { numRuns: 5000 },
    );
    expect(caught.failed).toBe(true);
  });
});
