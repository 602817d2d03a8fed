import { describe, expect, it } from 'vitest';
import { ProtocolCluster } from './cluster.ts';
import { beat, deliverOne, five } from './scenes.ts';

/**
 * Figure 8 at (c): `a` has led term 2 and brought its entry to `b` only, `e` has led term 3 and has an entry of its own. Now
 * `a` leads term 4 and has brought the entry of term 2 to `c`, while its own of term 4 has reached nobody.
 */
function afterC(): ProtocolCluster {
  const logs = { a: [1, 2], b: [1, 2], c: [1], d: [1], e: [1, 3] };
  const cluster = new ProtocolCluster(five, { config: { maxEntriesPerMessage: 1 }, logs });
  cluster.crash('e');
  cluster.timeout('a');
  cluster.timeout('a');
  cluster.sync('a');
  for (const name of ['b', 'c']) {
    // The first asks for term 3, and is lost.
    cluster.drop(({ message }) => message.term === 3);
    deliverOne(cluster, 'request-vote', 'a', name);
    cluster.sync(name);
    deliverOne(cluster, 'vote', name, 'a');
  }
  cluster.sync('a');
  deliverOne(cluster, 'append-entries', 'a', 'c');
  cluster.sync('c');
  deliverOne(cluster, 'append-rejected', 'c', 'a');
  deliverOne(cluster, 'append-entries', 'a', 'c');
  cluster.sync('c');
  deliverOne(cluster, 'append-accepted', 'c', 'a');
  cluster.drop(() => true);
  expect(['a', 'b', 'c', 'd'].map((name) => cluster.terms(name))).toEqual([[1, 2, 4], [1, 2], [1, 2], [1]]);
  return cluster;
}

describe('figure 8: why a leader may not count replicas of earlier terms', () => {
  it('does not commit the entry of term 2 though a majority has it, for it may yet be overwritten', () => {
    const cluster = afterC();
    const { role, commitIndex } = cluster.state('a');
    expect(role.name === 'leader' && role.progress.map(({ match }) => match)).toEqual([0, 0, 2, 0, 0]);
    beat(cluster, 'a', ['c', 'd', 'e']);
    expect(commitIndex).toBe(0);
    expect(cluster.delivered('a')).toEqual([]);
    // (d) e is elected, and overwrites it everywhere.
    cluster.crash('a');
    cluster.restart('e');
    for (let i = 0; i < 2; i++) cluster.timeout('e');
    cluster.settle();
    expect(cluster.leader).toBe('e');
    for (const name of ['b', 'c', 'd', 'e']) expect(cluster.delivered(name)).toEqual(['1.1', '2.3']);
  });

  it('commits both once its own entry is with a majority, and then e cannot be elected', () => {
    const cluster = afterC();
    beat(cluster, 'a', ['d', 'e']);
    beat(cluster, 'a', ['d', 'e']);
    expect(cluster.state('a').commitIndex).toBe(3);
    cluster.restart('e');
    for (let i = 0; i < 4; i++) {
      cluster.timeout('e');
      cluster.settle();
    }
    expect(cluster.leader).not.toBe('e');
    cluster.pass(1000);
    for (const name of five) expect(cluster.delivered(name)).toEqual(['1.1', '2.2']);
  });
});
