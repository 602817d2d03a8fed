import type { Configuration, Member, NodeId, Standing } from './entries.ts';
import type { State } from './state.ts';

/**
 * Who counts: majorities of one configuration, or of two during a change by joint consensus (section 6), where elections and
 * commitment need a majority of each.
 */
export function latestConfiguration(state: State): Configuration {
  return state.configurations.at(-1)?.configuration ?? [];
}

/** The latest configuration is committed, so that no other can take its place. */
export function configurationCommitted(state: State): boolean {
  return state.configurations.length === 1;
}

export function peersOf(state: State): NodeId[] {
  return latestConfiguration(state)
    .map((member) => member.id)
    .filter((id) => id !== state.config.id);
}

/** Whoever counts in either of the configurations. */
export function votersOf(configuration: Configuration): NodeId[] {
  return configuration.filter(({ standing }) => standing !== 'learner').map(({ id }) => id);
}

export function isVoter(configuration: Configuration, id: NodeId): boolean {
  return configuration.some((member) => member.id === id && member.standing !== 'learner');
}

export function isJoint(configuration: Configuration): boolean {
  return configuration.some(({ standing }) => standing !== 'voter' && standing !== 'learner');
}

export function hasQuorum(configuration: Configuration, agrees: (id: NodeId) => boolean): boolean {
  return heldByQuorum(configuration, (id) => (agrees(id) ? 1 : 0)) === 1;
}

/** The highest number that a majority of each voting set has reached; 0 where nobody votes. */
export function heldByQuorum(configuration: Configuration, numberOf: (id: NodeId) => number): number {
  let held = Number.POSITIVE_INFINITY;
  for (const voters of votingSets(configuration)) {
    const numbers = voters.map(numberOf).sort((a, b) => b - a);
    held = Math.min(held, numbers[Math.floor(voters.length / 2)] ?? 0);
  }
  return held;
}

const knownSets = new WeakMap<Configuration, readonly (readonly NodeId[])[]>();

/** The new configuration's voters, and the old one's where they differ. Kept, for it is asked at every answer. */
function votingSets(configuration: Configuration): readonly (readonly NodeId[])[] {
  const known = knownSets.get(configuration);
  if (known !== undefined) return known;
  const votersAs = (standings: readonly Standing[]) =>
    configuration.filter(({ standing }) => standings.includes(standing)).map(({ id }) => id);
  const sets = [votersAs(['voter', 'incoming'])];
  if (isJoint(configuration)) sets.push(votersAs(['voter', 'outgoing', 'demoted']));
  knownSets.set(configuration, sets);
  return sets;
}

/** The joint configuration of what is and what is to be. Where the voters stay the same it is what is to be. */
export function jointConfiguration(current: Configuration, target: Configuration): Configuration {
  const members: Member[] = [];
  for (const member of target) {
    const voted = isVoter(current, member.id);
    if (member.standing === 'voter') members.push({ ...member, standing: voted ? 'voter' : 'incoming' });
    else members.push({ ...member, standing: voted ? 'demoted' : 'learner' });
  }
  for (const member of current) {
    const stays = target.some(({ id }) => id === member.id);
    if (!stays && member.standing === 'voter') members.push({ ...member, standing: 'outgoing' });
  }
  return sorted(members);
}

/** What the joint configuration leads to. */
export function settledConfiguration(joint: Configuration): Configuration {
  const after: Record<Standing, Standing | null> = {
    voter: 'voter',
    learner: 'learner',
    incoming: 'voter',
    outgoing: null,
    demoted: 'learner',
  };
  return joint.flatMap((member) => {
    const standing = after[member.standing];
    return standing === null ? [] : [{ ...member, standing }];
  });
}

/** With the members that are to come as learners, so that they catch up, and where everybody is to be reached. */
export function withLearners(current: Configuration, target: Configuration): Configuration {
  const known = current.map((member) => {
    const wanted = target.find(({ id }) => id === member.id);
    return wanted === undefined ? member : { ...member, address: wanted.address };
  });
  const added = target
    .filter(({ id }) => !current.some((member) => member.id === id))
    .map((member): Member => ({ ...member, standing: 'learner' }));
  return sorted([...known, ...added]);
}

export function sameConfiguration(a: Configuration, b: Configuration): boolean {
  return (
    a.length === b.length &&
    a.every((member, at) => {
      const other = b[at];
      return member.id === other?.id && member.address === other.address && member.standing === other.standing;
    })
  );
}

/** One entry a member, voters and learners only, and somebody who votes. */
export function isSettled(configuration: Configuration): boolean {
  const ids = new Set(configuration.map(({ id }) => id));
  return (
    ids.size === configuration.length && !isJoint(configuration) && configuration.some((m) => m.standing === 'voter')
  );
}

export function sorted(members: readonly Member[]): Configuration {
  return [...members].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}
