import type { Random } from '../base/random.ts';
import type { Membership } from '../cluster/membership.ts';

/** What becomes of the victims: they are left out, they only learn, others take their place, or all is changed on and on. */
export const membershipShapes = ['remove', 'demote', 'replace', 'churn'] as const;
export type MembershipShape = (typeof membershipShapes)[number];

const churnStages = 5;

/** The memberships that are asked for one after the other. Somebody votes in each of them. */
export function stagesOf(
  shape: MembershipShape,
  nodes: readonly string[],
  victims: readonly string[],
  random: Random,
): readonly Membership[] {
  switch (shape) {
    case 'remove':
      return [without(nodes, victims)];
    case 'demote':
      return [{ ...without(nodes, victims), learners: victims }];
    case 'replace': {
      const others = nodes.filter((node) => !victims.includes(node));
      return [without(nodes, victims), without(nodes, random.shuffle(others).slice(0, victims.length))];
    }
    case 'churn':
      return Array.from({ length: churnStages }, () => anyMembership(nodes, random));
  }
}

function without(nodes: readonly string[], victims: readonly string[]): Membership {
  return { voters: nodes.filter((node) => !victims.includes(node)), learners: [] };
}

/** At least one node does not vote. */
function anyMembership(nodes: readonly string[], random: Random): Membership {
  const shuffled = random.shuffle(nodes);
  const voterCount = random.integer(1, nodes.length - 1);
  const learnerCount = random.integer(0, nodes.length - voterCount);
  const sorted = (from: number, count: number): string[] => shuffled.slice(from, from + count).sort();
  return { voters: sorted(0, voterCount), learners: sorted(voterCount, learnerCount) };
}

/** Those who do not vote in one of them. */
export function notVoting(nodes: readonly string[], stages: readonly Membership[]): readonly string[] {
  return nodes.filter((node) => stages.some(({ voters }) => !voters.includes(node)));
}

/** `n1 n2 vote, n3 learns, n4 is left out`. */
export function inWords(nodes: readonly string[], { voters, learners }: Membership): string {
  const out = nodes.filter((node) => !voters.includes(node) && !learners.includes(node));
  const part = (who: readonly string[], one: string, several: string): string[] =>
    who.length === 0 ? [] : [`${who.join(' ')} ${who.length === 1 ? one : several}`];
  return [
    ...part(voters, 'votes', 'vote'),
    ...part(learners, 'learns', 'learn'),
    ...part(out, 'is left out', 'are left out'),
  ].join(', ');
}
