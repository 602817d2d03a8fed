import { ChaosError } from '../../base/errors.ts';
import { plantedBugs } from '../../node/bugs.ts';
import { recover, step } from '../../raft/protocol/step.ts';
import { elections, type Mutant } from './mutant.ts';
import { mutantsOfMembership } from './mutants-of-membership.ts';
import { mutantsOfRequests } from './mutants-of-requests.ts';
import { mutantsOfSnapshots } from './mutants-of-snapshots.ts';
import { mutantsOfTheLog } from './mutants-of-the-log.ts';

export const mutants: readonly Mutant[] = [
  ...mutantsOfTheLog,
  ...mutantsOfRequests,
  ...mutantsOfSnapshots,
  ...mutantsOfMembership,
  ...plantedBugs.map(({ name, summary, plant }) => ({
    name,
    summary,
    protocol: { step: plant(step), recover },
    scope: {
      ...elections,
      broadcasts: name === 'forgotten-vote' ? 0 : 1,
      reads: name === 'stale-read' ? 1 : 0,
      maxTerm: name === 'lost-ack' ? 2 : 1,
    },
  })),
];

export function mutantNamed(name: string): Mutant {
  const found = mutants.find((known) => known.name === name);
  if (found !== undefined) return found;
  const known = mutants.map((each) => each.name).join(', ');
  throw new ChaosError('unknown-mutant', `there is no mutant ${name}; there are: ${known}`);
}
