import type { Clock } from '../base/clock.ts';
import type { RaftDriver } from '../raft/driver.ts';
import type { StateMachines } from './state-machines.ts';
import type { TransactionPlanner } from './transaction-plan.ts';

/** What the client API of a node works on. */
export interface ApiContext {
  readonly node: string;
  readonly boot: number;
  readonly clock: Clock;
  readonly driver: RaftDriver;
  readonly machines: StateMachines;
  /** A name for a change that no other change of any node has. */
  readonly nextToken: () => string;
  readonly planTransaction: TransactionPlanner;
}
