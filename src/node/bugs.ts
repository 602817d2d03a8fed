import { ChaosError } from '../base/errors.ts';
import { type ProtocolBug, protocolBugs } from './bugs-of-the-protocol.ts';
import { type TransactionBug, transactionBugs } from './bugs-of-transactions.ts';

/** Planted bugs: faults of real systems, put around the correct code from outside, so that a run can show that they are found. */
export type PlantedBug = ProtocolBug | TransactionBug;

export const plantedBugs: readonly PlantedBug[] = [...protocolBugs, ...transactionBugs];

export function plantedBug(name: string): PlantedBug {
  const bug = plantedBugs.find((planted) => planted.name === name);
  if (bug === undefined) {
    const known = plantedBugs.map((planted) => planted.name).join(', ');
    throw new ChaosError('unknown-bug', `there is no planted bug ${name}; there are: ${known}`);
  }
  return bug;
}
