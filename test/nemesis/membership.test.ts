import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/base/errors.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { Membership } from '../../src/cluster/membership.ts';
import type { SimCluster } from '../../src/cluster/sim/sim-cluster.ts';
import { nodeStatus } from '../../src/cluster/status.ts';
import { completeOptions } from '../../src/controller/options.ts';
import { createSimulation } from '../../src/controller/simulation.ts';
import type { Fault } from '../../src/nemesis/nemesis.ts';
import { createNemesis, kindNamed } from '../../src/nemesis/spec.ts';
import { between, until, untilBroadcast } from '../cluster/conformance-steps.ts';

const everybody = ['n1', 'n2', 'n3', 'n4', 'n5'];

function votingWith(voters: readonly string[], learners: readonly string[] = []): Membership {
  return { voters, learners };
}

/** A started cluster of five that has a leader, and faults of its membership. */
async function hurt(
  scenario: (fault: (...stages: Membership[]) => Fault, cluster: SimCluster) => Promise<void>,
): Promise<void> {
  const cluster = createSimulation(completeOptions({ backend: 'sim', nodeCount: 5 }, 4), { traced: false });
  const fault = (...stages: Membership[]): Fault => kindNamed('membership').aim({ shape: 'remove', stages }, cluster);
  const run = async (): Promise<void> => {
    await cluster.start();
    await untilBroadcast(cluster, 'n1', 'before');
    await scenario(fault, cluster);
  };
  await cluster.drive(run());
}

async function membersOf(cluster: SimCluster, node: string): Promise<readonly string[]> {
  const status = await nodeStatus(cluster, node, 1000);
  return status?.members?.map(({ id, standing }) => `${id} ${standing}`) ?? [];
}

const isolated = (node: string) => everybody.filter((other) => other !== node).flatMap((other) => between(node, other));

describe('another membership', () => {
  it.each([
    ['some left out', votingWith(['n1', 'n2', 'n3'])],
    ['most left out', votingWith(['n4', 'n5'])],
    ['some demoted', votingWith(['n1', 'n2', 'n3'], ['n4', 'n5'])],
    ['some of each', votingWith(['n3'], ['n1', 'n5'])],
  ])('with %s is seen by those who are members, and undone', (_what, membership) =>
    hurt(async (fault, cluster) => {
      const { inject, heal } = fault(membership);
      expect(await inject('fault')).toMatchObject({ effective: true });
      const [voter = ''] = membership.voters;
      await untilBroadcast(cluster, voter, 'meanwhile');
      const members = [
        ...membership.voters.map((node) => `${node} voter`),
        ...membership.learners.map((node) => `${node} learner`),
      ];
      expect(await membersOf(cluster, voter)).toEqual(members.sort());
      const healed = await heal('fault');
      expect(healed).toMatchObject({ effective: true });
      expect(healed).not.toHaveProperty('stillInForce');
      for (const node of everybody) {
        await until(cluster, `${node} knows all members`, async () => {
          const known = await membersOf(cluster, node);
          return known.join() === everybody.map((each) => `${each} voter`).join();
        });
      }
    }),
  );

  it('may take the place of another in one change', () =>
    hurt(async (fault) => {
      const { inject, hit, leavesQuorum } = fault(
        votingWith(['n1', 'n2', 'n3', 'n4']),
        votingWith(['n2', 'n3', 'n4', 'n5']),
      );
      expect([hit, leavesQuorum]).toEqual([['n1', 'n5'], true]);
      const { effective, evidence } = await inject('fault');
      expect(effective).toBe(true);
      expect(evidence[1]).toMatch(/^n\d.* say that this is committed: n2 n3 n4 n5 vote, n1 is left out$/);
    }));

  it('that is so already is no effect', () =>
    hurt(async (fault) => {
      await fault(votingWith(['n1', 'n2', 'n3'])).inject('first');
      const second = fault(votingWith(['n1', 'n2', 'n3']));
      expect(await second.inject('second')).toMatchObject({ effective: false });
      expect(await second.heal('second')).toMatchObject({ effective: false });
    }));

  it('that cannot be had for want of a quorum has no effect, and goes on being tried to be undone', () =>
    hurt(async (fault, cluster) => {
      for (const node of ['n1', 'n2', 'n3']) await cluster.kill(node);
      const { inject, heal } = fault(votingWith(['n4', 'n5']));
      const { effective, evidence } = await inject('fault');
      expect([effective, evidence.join()]).toEqual([false, expect.stringContaining('could not be had in time')]);
      expect(await heal('fault')).toMatchObject({ effective: false, stillInForce: true });
    }));

  it('is undone once other faults are', () =>
    hurt(async (fault, cluster) => {
      const { inject, heal } = fault(votingWith(['n1', 'n2']));
      await inject('fault');
      await cluster.cut('cut', isolated('n1'));
      const healing = heal('fault');
      cluster.clock.setTimer(8000, () => void cluster.heal('cut'));
      expect(await healing).not.toHaveProperty('stillInForce');
    }));

  it('demands no more than its voters and those of all nodes can do', () =>
    hurt(async (fault) => {
      expect(fault(votingWith(['n1', 'n2', 'n3']))).toMatchObject({ hit: ['n4', 'n5'], leavesQuorum: true });
      expect(fault(votingWith(['n1', 'n2']))).toMatchObject({ leavesQuorum: false });
      expect(fault(votingWith(['n1', 'n2', 'n3'], ['n4', 'n5']))).toMatchObject({ hit: ['n4', 'n5'] });
    }));
});

it.each(['shape=none', 'target=all', 'target=n1'])('refuses %s', (option) => {
  const make = () => createNemesis(`membership:${option}`, { random: seededRandom(1), nodes: everybody });
  expect(make).toThrow(UsageError);
});

it('refuses one node alone, and what no cluster of these nodes can be told', () =>
  hurt(async (_fault, cluster) => {
    const kind = kindNamed('membership');
    expect(() => createNemesis('membership', { random: seededRandom(1), nodes: ['n1'] })).toThrow('left out');
    for (const stages of [undefined, [], [votingWith([])], [votingWith(['n9'])], [{ voters: ['n1'] }]]) {
      expect(() => kind.aim({ shape: 'remove', stages }, cluster)).toThrow(UsageError);
    }
  }));
