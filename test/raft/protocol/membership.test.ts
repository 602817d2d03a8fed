import { describe, expect, it } from 'vitest';
import { latestConfiguration } from '../../../src/raft/protocol/configuration.ts';
import type { Configuration, NodeId } from '../../../src/raft/protocol/entries.ts';
import { ProtocolCluster } from './cluster.ts';
import { describeConfiguration } from './invariants.ts';
import { beat, broadcastMany, five, led, roleOf, three } from './scenes.ts';
import { cautious, entriesOf, members } from './setup.ts';

const joining = ['d', 'e', 'f'];

function change(cluster: ProtocolCluster, name: NodeId, requestId: number, target: Configuration): void {
  cluster.request(name, requestId, { type: 'change-membership', members: target });
}

/** All configurations in a log, in its order. */
function configurationsOf(cluster: ProtocolCluster, name: NodeId): string[] {
  return entriesOf(cluster.state(name)).flatMap((entry) =>
    entry.kind === 'configuration' ? [describeConfiguration(entry.configuration)] : [],
  );
}

/** Everything but what `apart` sends and is sent comes to its end. */
function settleOthers(cluster: ProtocolCluster, apart: NodeId): void {
  const next = () => cluster.network.findIndex(({ from, to }) => from !== apart && to !== apart);
  do {
    for (const name of three) cluster.sync(name);
    if (next() >= 0) cluster.deliver(next());
  } while (next() >= 0);
}

/** What `name` has sent so far arrives, and then what it is sent. */
function exchange(cluster: ProtocolCluster, name: NodeId): void {
  const sent = cluster.network.filter(({ from }) => from === name).length;
  for (let count = 0; count < sent; count++) cluster.deliver(cluster.network.findIndex(({ from }) => from === name));
  while (cluster.network.some(({ to }) => to === name)) {
    cluster.deliver(cluster.network.findIndex(({ to }) => to === name));
  }
  cluster.sync(name);
}

function latest(cluster: ProtocolCluster, name: NodeId): string {
  return describeConfiguration(latestConfiguration(cluster.state(name)));
}

describe('joint consensus (section 6)', () => {
  it('adds members: as learners first, then jointly, then as voters', () => {
    const cluster = led(three, { joining });
    broadcastMany(cluster, 'a', 3);
    change(cluster, 'a', 100, members(...five));
    cluster.settle();
    expect(configurationsOf(cluster, 'a')).toEqual([
      'a b c d:learner e:learner',
      'a b c d:incoming e:incoming',
      'a b c d e',
    ]);
    expect(cluster.answers.get(100)).toEqual({ ok: true, index: 7, position: 3 });
    for (const name of five) expect(cluster.delivered(name)).toEqual(['m1', 'm2', 'm3']);
    cluster.crash('b');
    cluster.crash('c');
    broadcastMany(cluster, 'a', 1);
    expect(cluster.delivered('e')).toHaveLength(4);
  });

  it('removes members, who then count no more', () => {
    const cluster = led(five);
    change(cluster, 'a', 100, members(...three));
    cluster.settle();
    expect(configurationsOf(cluster, 'a')).toEqual(['a b c d:outgoing e:outgoing', 'a b c']);
    cluster.crash('c');
    broadcastMany(cluster, 'a', 1);
    expect(cluster.delivered('b')).toHaveLength(1);
    expect(cluster.delivered('d')).toHaveLength(0);
  });

  it('replaces all members at once', () => {
    const cluster = led(three, { joining, config: cautious });
    broadcastMany(cluster, 'a', 10);
    change(cluster, 'b', 100, members(...joining));
    cluster.settle();
    expect(cluster.answers.get(100)).toMatchObject({ ok: true });
    for (const name of three) cluster.crash(name);
    cluster.pass(1000);
    expect(joining).toContain(cluster.leader);
    cluster.broadcast('d', 101);
    cluster.pass(200);
    expect(cluster.delivered('f')).toHaveLength(11);
  });

  it('demotes a voter, who goes on receiving', () => {
    const cluster = led(three);
    change(cluster, 'a', 100, members('a', 'b', ['c', 'learner']));
    cluster.settle();
    expect(configurationsOf(cluster, 'a')).toEqual(['a b c:demoted', 'a b c:learner']);
    broadcastMany(cluster, 'a', 1, ['b']);
    expect(cluster.delivered('a')).toEqual([]);
    beat(cluster, 'a');
    expect(cluster.delivered('c')).toHaveLength(1);
  });

  it('adds learners and corrects addresses without a joint configuration: nobody else decides', () => {
    const cluster = led(three, { joining });
    const moved = members(...three, ['d', 'learner']).map((one) => (one.id === 'b' ? { ...one, address: 'b:2' } : one));
    change(cluster, 'a', 100, moved);
    cluster.settle();
    expect(configurationsOf(cluster, 'a')).toEqual(['a b c d:learner']);
    expect(latestConfiguration(cluster.state('d'))).toEqual(moved);
    expect(cluster.answers.get(100)).toMatchObject({ ok: true });
  });

  it('needs majorities of both while both count', () => {
    const cluster = led(three, { joining });
    change(cluster, 'a', 100, members('d', 'e', 'f'));
    while (latest(cluster, 'a') !== 'a:outgoing b:outgoing c:outgoing d:incoming e:incoming f:incoming') {
      for (const name of cluster.names) cluster.sync(name);
      cluster.deliver(0);
    }
    const joint = cluster.state('a').log.last;
    cluster.settle(['d', 'e', 'f']);
    expect(cluster.state('a').commitIndex).toBeLessThan(joint);
    for (let i = 0; i < 3; i++) beat(cluster, 'a', ['b', 'c']);
    expect(cluster.answers.get(100)).toMatchObject({ ok: true });
  });

  it('answers at once where there is nothing to change', () => {
    const cluster = led(three);
    change(cluster, 'a', 100, members(...three));
    expect(cluster.answers.get(100)).toMatchObject({ ok: true });
    expect(configurationsOf(cluster, 'a')).toEqual([]);
  });
});

describe('what a change is refused for', () => {
  it('nobody who votes, a member twice, or a standing of the time in between', () => {
    const cluster = led(three);
    const [a] = members('a');
    const bad = [members(['a', 'learner']), [], a === undefined ? [] : [a, a], members('a', ['b', 'outgoing'])];
    for (const [at, target] of bad.entries()) {
      change(cluster, 'a', at, target);
      expect(cluster.answers.get(at)).toEqual({ ok: false, code: 'bad-membership', definite: true });
    }
  });

  it('another change under way', () => {
    const cluster = led(three, { joining });
    change(cluster, 'a', 1, members('a', 'b'));
    change(cluster, 'a', 2, members(...five));
    expect(cluster.answers.get(2)).toEqual({ ok: false, code: 'change-in-progress', definite: true });
    cluster.settle();
    expect(cluster.answers.get(1)).toMatchObject({ ok: true });
  });

  it('a leader that has committed nothing of its term: it may not know of another', () => {
    const cluster = new ProtocolCluster(three);
    cluster.timeout('a');
    while (cluster.leader === null) {
      for (const name of three) cluster.sync(name);
      cluster.deliver(0);
    }
    change(cluster, 'a', 1, members('a', 'b'));
    expect(cluster.answers.get(1)).toEqual({ ok: false, code: 'leader-too-new', definite: true });
  });
});

describe('learners catch up before they vote (dissertation, section 4.2.1)', () => {
  it('and meanwhile the others decide without them', () => {
    const cluster = led(three, { joining });
    broadcastMany(cluster, 'a', 20);
    change(cluster, 'a', 100, members(...three, 'd', 'e', 'f'));
    cluster.settle(['d', 'e', 'f']);
    expect(latest(cluster, 'a')).toBe('a b c d:learner e:learner f:learner');
    broadcastMany(cluster, 'a', 1, ['d', 'e', 'f']);
    expect(cluster.delivered('b')).toHaveLength(21);
    for (let i = 0; i < 3; i++) beat(cluster, 'a');
    expect(latest(cluster, 'a')).toBe('a b c d e f');
  });

  for (const slow of [false, true]) {
    it(`and are given a vote after ten rounds ${slow ? 'unless the last one was long' : 'if the last one was short'}`, () => {
      const cluster = led(three, { joining, config: { checkQuorum: true } });
      change(cluster, 'a', 100, members(...three, 'd'));
      for (let round = 0; round < 40 && !cluster.answers.has(100); round++) {
        for (let count = 0; count < 8; count++) cluster.broadcast('a', 1000 + 8 * round + count);
        settleOthers(cluster, 'd');
        if (slow) {
          for (let look = 0; look < 2; look++) {
            cluster.timeout('a', 'heartbeat');
            settleOthers(cluster, 'd');
            cluster.timeout('a');
          }
        }
        exchange(cluster, 'd');
        if (latest(cluster, 'a').includes('incoming')) break;
      }
      expect(latest(cluster, 'a')).toBe(slow ? 'a b c d:learner' : 'a b c d:incoming');
      if (slow) expect(cluster.answers.get(100)).toEqual({ ok: false, code: 'not-caught-up', definite: true });
      const { role, log } = cluster.state('a');
      expect(role.name === 'leader' && log.last - (role.progress[3]?.match ?? 0)).toBeGreaterThan(4);
    });
  }

  it('and who asks for the same members meanwhile waits along', () => {
    const cluster = led(three, { joining });
    change(cluster, 'a', 100, members(...three, 'd'));
    cluster.settle(['d']);
    change(cluster, 'b', 101, members(...three, 'd'));
    cluster.settle(['d']);
    expect(cluster.answers.size).toBe(0);
    for (let i = 0; i < 3; i++) beat(cluster, 'a');
    for (const id of [100, 101]) expect(cluster.answers.get(id)).toMatchObject({ ok: true });
  });

  it('and who asks for others meanwhile has them instead', () => {
    const cluster = led(three, { joining });
    change(cluster, 'a', 100, members(...three, 'd'));
    cluster.settle(['d']);
    change(cluster, 'a', 101, members(...three, 'e'));
    cluster.settle(['d']);
    expect(cluster.answers.get(100)).toEqual({ ok: false, code: 'change-replaced', definite: true });
    for (let i = 0; i < 3; i++) beat(cluster, 'a', ['d']);
    expect(cluster.answers.get(101)).toMatchObject({ ok: true });
    expect(latest(cluster, 'a')).toBe('a b c e');
  });

  it('from a snapshot, where the log does not go back', () => {
    const cluster = led(three, { joining });
    broadcastMany(cluster, 'a', 20);
    cluster.snapshot('a');
    cluster.store('a');
    change(cluster, 'a', 100, members(...three, 'd'));
    cluster.settle();
    expect(latest(cluster, 'd')).toBe('a b c d');
    expect(cluster.delivered('d')).toHaveLength(20);
  });

  for (const checkQuorum of [true, false]) {
    it(`and where one is silent for long the change is given up, and others may follow (check-quorum ${checkQuorum})`, () => {
      const cluster = led(three, { joining, config: { checkQuorum } });
      broadcastMany(cluster, 'a', 20);
      cluster.crash('d');
      change(cluster, 'a', 100, members(...three, 'd'));
      cluster.pass(3000);
      expect(cluster.leader).toBe('a');
      expect(cluster.answers.get(100)).toEqual({ ok: false, code: 'not-caught-up', definite: true });
      expect(latest(cluster, 'a')).toBe('a b c d:learner');
      change(cluster, 'a', 101, members(...three));
      cluster.pass(100);
      expect(cluster.answers.get(101)).toMatchObject({ ok: true });
    });
  }

  it('however short the log is: a node that was never there does not get a vote that the others would wait for', () => {
    const cluster = led(['a'], { joining });
    cluster.crash('d');
    change(cluster, 'a', 100, members('a', 'd'));
    cluster.settle();
    expect(latest(cluster, 'a')).toBe('a d:learner');
    broadcastMany(cluster, 'a', 1);
    expect(cluster.delivered('a')).toEqual(['m2']);
    cluster.restart('d');
    for (let i = 0; i < 2; i++) beat(cluster, 'a');
    expect(latest(cluster, 'a')).toBe('a d');
    expect(roleOf(cluster, 'a')).toBe('leader');
  });
});
