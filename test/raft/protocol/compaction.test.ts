import { describe, expect, it } from 'vitest';
import { snapshotOf } from '../../../src/raft/protocol/snapshots.ts';
import { ProtocolCluster } from './cluster.ts';
import { beat, broadcastMany, counted, led, three } from './scenes.ts';
import { members } from './setup.ts';

describe('compaction (section 7)', () => {
  it('drops what a snapshot covers once the snapshot is durable, not before', () => {
    const cluster = led(three);
    broadcastMany(cluster, 'a', 9);
    cluster.snapshot('a');
    expect(cluster.state('a').logStart).toEqual({ index: 0, term: 0 });
    cluster.store('a');
    expect(cluster.state('a').logStart).toEqual({ index: 10, term: 1 });
    expect(cluster.terms('a')).toEqual([]);
    broadcastMany(cluster, 'a', 1);
    for (const name of three) expect(cluster.delivered(name)).toHaveLength(10);
  });

  it('keeps the last entries for followers that are a little behind: they need no snapshot', () => {
    const cluster = led(three, { config: { keptEntries: 5 } });
    broadcastMany(cluster, 'a', 6);
    broadcastMany(cluster, 'a', 3, ['c']);
    cluster.snapshot('a');
    cluster.store('a');
    expect(cluster.state('a').logStart).toEqual({ index: 5, term: 1 });
    const pieces = counted(cluster, 'install-snapshot', () => beat(cluster, 'a'));
    expect(pieces).toBe(0);
    expect(cluster.delivered('c')).toHaveLength(9);
  });

  it('keeps more where a follower answers and lacks it, and drops it all the same for one that does not', () => {
    for (const answers of [true, false]) {
      const cluster = led(three, { config: { keptEntries: 2, keptForFollowers: 8, checkQuorum: true } });
      broadcastMany(cluster, 'a', 6, ['c']);
      // A look at the quorum, after which nobody has answered yet, says nothing; the second one does.
      cluster.timeout('a');
      if (!answers) {
        beat(cluster, 'a', ['c']);
        cluster.timeout('a');
      }
      cluster.settle(['c']);
      cluster.snapshot('a');
      cluster.store('a');
      expect(cluster.state('a').logStart).toEqual({ index: answers ? 1 : 5, term: 1 });
      const pieces = counted(cluster, 'install-snapshot', () => beat(cluster, 'a'));
      expect(pieces > 0).toBe(!answers);
      expect(cluster.delivered('c')).toHaveLength(6);
    }
  });

  it('keeps no more bytes than it may', () => {
    const cluster = led(three, { config: { keptEntries: 5, keptBytes: 4 } });
    broadcastMany(cluster, 'a', 6);
    cluster.snapshot('a');
    cluster.store('a');
    expect(cluster.state('a').logStart).toEqual({ index: 5, term: 1 });
  });

  it('starts again from a snapshot and the log after it', () => {
    const cluster = led(three);
    broadcastMany(cluster, 'a', 5);
    for (const name of three) cluster.snapshot(name);
    cluster.settle();
    broadcastMany(cluster, 'a', 2);
    for (const name of three) cluster.crash(name);
    for (const name of three) cluster.restart(name);
    expect(cluster.delivered('b')).toHaveLength(5);
    expect(cluster.state('b')).toMatchObject({ commitIndex: 6, logStart: { index: 6, term: 1 }, durableIndex: 8 });
    cluster.timeout('b');
    cluster.settle();
    for (const name of three) expect(cluster.delivered(name)).toHaveLength(7);
  });

  it('loses neither log nor snapshot, whether the snapshot was durable when the node died or not', () => {
    for (const madeIt of [0, 1]) {
      const cluster = led(three);
      broadcastMany(cluster, 'a', 5);
      cluster.snapshot('b');
      cluster.crash('b', 0, madeIt);
      cluster.restart('b');
      expect(cluster.delivered('b')).toHaveLength(madeIt * 5);
      beat(cluster, 'a');
      expect(cluster.delivered('b')).toHaveLength(5);
    }
  });

  it('takes the configuration as of the snapshot, not a later one that is not committed', () => {
    const cluster = led(three, { joining: ['d'] });
    broadcastMany(cluster, 'a', 2);
    cluster.request('a', 100, { type: 'change-membership', members: members(...three, ['d', 'learner']) });
    expect(snapshotOf(cluster.state('a'))?.configuration).toEqual(members(...three));
    cluster.settle();
    expect(snapshotOf(cluster.state('a'))?.configuration).toEqual(members(...three, ['d', 'learner']));
  });

  it('has to wait on a node that joins until the log says who the members are', () => {
    const cluster = new ProtocolCluster(['a'], { joining: ['d'] });
    expect(snapshotOf(cluster.state('d'))).toBeNull();
    cluster.timeout('a');
    cluster.settle();
    broadcastMany(cluster, 'a', 20);
    cluster.request('a', 100, { type: 'change-membership', members: members('a', 'd') });
    for (let i = 0; i < 200 && cluster.state('d').commitIndex < 6; i++) {
      for (const name of ['a', 'd']) cluster.sync(name);
      cluster.deliver(0);
    }
    expect(cluster.state('d').commitIndex).toBeGreaterThan(1);
    expect(snapshotOf(cluster.state('d'))).toBeNull();
    cluster.settle();
    expect(snapshotOf(cluster.state('d'))?.configuration).toEqual(members('a', 'd'));
  });
});
