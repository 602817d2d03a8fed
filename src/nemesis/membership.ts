import { UsageError } from '../base/errors.ts';
import type { Cluster } from '../cluster/cluster.ts';
import {
  changeMembership,
  isMajority,
  type Membership,
  restoreMembership,
  untilSeen,
  whoSees,
} from '../cluster/membership.ts';
import { choicesOf, Rotation } from './choices.ts';
import { inWords, membershipShapes, notVoting, stagesOf } from './memberships.ts';
import type { Fault, FaultTarget, NemesisKind } from './nemesis.ts';
import { scheduleOf } from './schedule.ts';
import { isNodes, leavesQuorum, notOfThisCluster, resolveTarget, type Target } from './targets.ts';

const targets = ['one', 'minority', 'majority', 'leader'] as const satisfies readonly Target[];

/** For each change: while there is no leader, or another change is under way, it is asked for again. */
const changePatienceMs = 5000;
const seeingPatienceMs = 2000;
/** Longer than other faults keep a cluster without a quorum, as a rule. */
const healPatienceMs = 30_000;

/** The cluster is told to go on with other members: nodes are left out or demoted, and come back when the fault is over. */
export const membership: NemesisKind = {
  name: 'membership',
  summary: 'leaves nodes out, makes them learners or lets others take their place, and makes all of them voters again',
  options: {
    target: `one of ${targets.join(', ')} (each in turn, in random order); somebody always stays`,
    shape: `one of ${membershipShapes.join(', ')} (each in turn, in random order)`,
  },
  create: (options, { random, nodes }) => {
    const shapes = new Rotation(
      choicesOf(options.get('shape'), membershipShapes, 'membership: there is no shape'),
      random,
    );
    const who = new Rotation(choicesOf(options.get('target'), targets, 'membership: there is no target'), random);
    if (nodes.length < 2) {
      throw new UsageError('bad-nemesis', 'nemesis membership: one node alone cannot be left out', {
        remedy: 'Ask for at least two nodes, better five: --nodes 5.',
      });
    }
    return {
      name: 'membership',
      schedule: scheduleOf(options),
      choose: async (cluster) => {
        const shape = shapes.next();
        const target = who.next();
        const victims = (await resolveTarget(target, cluster, random)).slice(0, cluster.nodes.length - 1);
        return { shape, target, stages: stagesOf(shape, cluster.nodes, victims, random) };
      },
    };
  },
  isInjectable: () => true,
  aim,
  draw: (random, nodeCount) => {
    if (nodeCount < 2) return null;
    return {
      ...(random.integer(1, 2) === 1 ? {} : { target: random.pick(targets) }),
      ...(random.integer(1, 2) === 1 ? {} : { shape: random.pick(membershipShapes) }),
    };
  },
};

/**
 * Without those who do not vote, and whomever else other faults hit, a majority of all is a majority of the voters as well,
 * and of both sides of a joint configuration: so what leaves a quorum of all nodes leaves one of these.
 */
function aim(target: FaultTarget, cluster: Cluster): Fault {
  const { nodes } = cluster;
  const stages = stagesIn(target, cluster);
  const hit = notVoting(nodes, stages);
  const last = stages.at(-1) as Membership;
  /** Those that were so before: another fault's effect, or nobody's. */
  const found: Membership[] = [];
  const isEffect = (stage: Membership, seeing: readonly string[]): boolean =>
    isMajority(seeing, stage) && !found.includes(stage);
  return {
    description: `${target['shape']}: ${stages.map((stage) => inWords(nodes, stage)).join('; then ')}`,
    leavesQuorum: leavesQuorum(cluster, hit),
    hit,
    inject: async () => {
      for (const stage of stages) if (isMajority(await whoSees(cluster, stage), stage)) found.push(stage);
      const evidence: string[] = [];
      const observed: (readonly string[])[] = [];
      for (const stage of stages) {
        const error = await changeMembership(cluster, stage, changePatienceMs);
        const seeing = await untilSeen(cluster, stage, error === null ? seeingPatienceMs : 0);
        evidence.push(sightOf(cluster, stage, seeing, error));
        observed.push(seeing);
      }
      const effective = stages.some((stage, place) => isEffect(stage, observed[place] ?? []));
      return { evidence, effective, observed: { seen: observed } };
    },
    heal: async () => {
      const before = await whoSees(cluster, last);
      const error = await restoreMembership(cluster, healPatienceMs);
      const restored =
        error === null ? 'a majority of all nodes says that all of them vote again' : `not all vote again: ${error}`;
      return {
        evidence: [`before its end, ${sightOf(cluster, last, before, null)}`, restored],
        // What could not be had in time may have come since: a request that was on its way.
        effective: isEffect(last, before),
        ...(error === null ? {} : { stillInForce: true }),
        observed: { before, error },
      };
    },
  };
}

function sightOf({ nodes }: Cluster, stage: Membership, seen: readonly string[], error: string | null): string {
  const who = seen.length === 0 ? 'no member says' : `${seen.join(' ')} ${seen.length === 1 ? 'says' : 'say'}`;
  const asked = error === null ? '' : `, which could not be had in time (${error})`;
  return `${who} that this is committed: ${inWords(nodes, stage)}${asked}`;
}

function stagesIn(target: FaultTarget, cluster: Cluster): readonly Membership[] {
  const { stages } = target;
  if (Array.isArray(stages) && stages.length > 0 && stages.every((stage) => isMembership(stage, cluster)))
    return stages;
  throw notOfThisCluster(stages, cluster);
}

function isMembership(stage: unknown, cluster: Cluster): stage is Membership {
  const { voters, learners } = (stage ?? {}) as Partial<Membership>;
  return isNodes(voters, cluster) && voters.length > 0 && isNodes(learners, cluster);
}
