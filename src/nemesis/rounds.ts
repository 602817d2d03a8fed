import type { Random } from '../base/random.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Operation } from '../history/operation.ts';
import { napping } from './nap.ts';
import type { Fault, FaultTarget, Nemesis } from './nemesis.ts';
import { kindNamed } from './spec.ts';

/** Where the nemesis's operations are recorded. */
export type RecordNemesisOperation = (operation: Pick<Operation, 'type' | 'f' | 'value'>) => void;

/** What hurts a cluster over a run: until it is stopped, or has done all it has to do. */
export interface Hurting {
  /** Resolves once it is over and healed. Rejects where the cluster could not be hurt or healed as asked. */
  run(): Promise<void>;
  /** Ends the faults in force, and the wait for the next. */
  stop(): void;
}

/**
 * Lets one nemesis work until it is stopped: a healthy gap, a fault, and so on. A fault in force is undone before it ends.
 * `name` is this nemesis's alone in the run: its faults are called after it.
 */
export function nemesisRounds(
  name: string,
  nemesis: Nemesis,
  cluster: Cluster,
  random: Random,
  record: RecordNemesisOperation,
): Hurting {
  const { everyMs, forMs } = nemesis.schedule;
  const nap = napping(cluster.clock);
  const run = async (): Promise<void> => {
    for (let round = 1; ; round++) {
      await nap.sleep((everyMs - forMs) * (0.5 + random.fraction()));
      if (nap.over) return;
      const target = await nemesis.choose(cluster);
      const fault = { name: `${name}-${round}`, nemesis: nemesis.name, target };
      await inflict(cluster, fault, () => nap.sleep(forMs), record);
    }
  };
  return { run, stop: () => nap.end() };
}

export interface NamedFault {
  /** Its own in the run. */
  readonly name: string;
  /** The kind of nemesis that it is one of. */
  readonly nemesis: string;
  readonly target: FaultTarget;
}

/**
 * One fault, from its injection to its end, which it waits for by `untilOver`. It is two pairs of operations, `start-NEMESIS` and `stop-NEMESIS`, tied together
 * by the `fault` of their values; the target in the first is enough to do it again.
 */
export async function inflict(
  cluster: Cluster,
  { name: fault, nemesis, target }: NamedFault,
  untilOver: () => Promise<void>,
  record: RecordNemesisOperation,
): Promise<void> {
  const aimed: Fault = kindNamed(nemesis).aim(target, cluster);
  const { description, leavesQuorum, hit, hub } = aimed;
  const nodeCount = cluster.nodes.length;
  const value = { fault, description, leavesQuorum, hit, ...(hub === undefined ? {} : { hub }), nodeCount, target };
  record({ type: 'invoke', f: `start-${nemesis}`, value });
  const injected = await aimed.inject(fault);
  record({ type: 'info', f: `start-${nemesis}`, value: { fault, ...injected } });
  await untilOver();
  record({ type: 'invoke', f: `stop-${nemesis}`, value: { fault } });
  const healed = await aimed.heal(fault);
  record({ type: 'info', f: `stop-${nemesis}`, value: { fault, ...healed } });
}
