import { present } from '../../base/assert.ts';
import { ChaosError } from '../../base/errors.ts';
import { protocolBugs } from '../../node/bugs-of-the-protocol.ts';
import { recover, step } from '../../raft/protocol/step.ts';
import { broadcasting, elections, type Mutant } from './mutant.ts';
import { mutantsOfMembership, replacing } from './mutants-of-membership.ts';
import { mutantsOfRequests } from './mutants-of-requests.ts';
import { mutantsOfSnapshots } from './mutants-of-snapshots.ts';
import { mutantsOfTheLog } from './mutants-of-the-log.ts';
import type { RaftScope } from './scope.ts';

/** For the bugs that are planted in runs too. */
const scopesOfBugs: Readonly<Record<string, RaftScope>> = {
  'lost-ack': broadcasting,
  'stale-read': { ...broadcasting, reads: 1, maxTerm: 1 },
  'forgotten-vote': { ...elections, maxTerm: 1 },
  'hasty-membership': replacing,
  'forgetful-snapshot': { ...broadcasting, nodes: 1, members: 1, snapshots: 1, crashes: 1 },
};

export const mutants: readonly Mutant[] = [
  ...mutantsOfTheLog,
  ...mutantsOfRequests,
  ...mutantsOfSnapshots,
  ...mutantsOfMembership,
  ...protocolBugs.map(({ name, summary, plant }) => ({
    name,
    summary,
    protocol: { step: plant(step), recover },
    scope: present(scopesOfBugs[name], () => `there is a scope for the planted bug ${name}`),
  })),
];

export function mutantNamed(name: string): Mutant {
  const found = mutants.find((known) => known.name === name);
  if (found !== undefined) return found;
  const known = mutants.map((each) => each.name).join(', ');
  throw new ChaosError('unknown-mutant', `there is no mutant ${name}; there are: ${known}`);
}
