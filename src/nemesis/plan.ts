import { UsageError } from '../base/errors.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Operation } from '../history/operation.ts';
import { napping } from './nap.ts';
import { type Hurting, inflict, type NamedFault, type RecordNemesisOperation } from './rounds.ts';

/** A fault of a run that was, with its moments: enough to inflict the same again. */
export interface PlannedFault extends NamedFault {
  /** Nanoseconds from the beginning of the run to the beginning of its injection, and of its undoing. */
  readonly startNs: number;
  readonly stopNs: number;
}

/** Inflicts the faults of a plan, each at its moment whatever becomes of the others. `originNs`: the beginning, on the cluster's clock. */
export function plannedFaults(
  plan: readonly PlannedFault[],
  cluster: Cluster,
  originNs: number,
  record: RecordNemesisOperation,
): Hurting {
  const { clock } = cluster;
  const nap = napping(clock);
  const until = (momentNs: number): Promise<void> => nap.sleep(Math.max(0, originNs + momentNs - clock.nowNs()) / 1e6);
  const one = async (fault: PlannedFault): Promise<void> => {
    await until(fault.startNs);
    if (!nap.over) await inflict(cluster, fault, () => until(fault.stopNs), record);
  };
  const run = async (): Promise<void> => {
    await Promise.all(plan.map(one));
  };
  return { run, stop: () => nap.end() };
}

/**
 * The faults that a history has, resolved. One that was never ended is left in force to the end of the run. Throws a
 * UsageError where the history does not say what was done.
 */
export function planOf(history: readonly Operation[]): readonly PlannedFault[] {
  const ofNemesis = history.filter(({ process, type }) => process === 'nemesis' && type === 'invoke');
  const endNs = history.at(-1)?.time ?? 0;
  return ofNemesis
    .filter(({ f }) => f.startsWith('start-'))
    .map((start): PlannedFault => {
      const { fault, target } = (start.value ?? {}) as { fault?: unknown; target?: unknown };
      if (typeof fault !== 'string' || typeof target !== 'object' || target === null || start.time === undefined) {
        throw new UsageError('bad-plan', `operation ${start.index} does not say what was done to whom and when`, {
          remedy: 'Replay a run that this version has made.',
        });
      }
      const stop = ofNemesis.find(
        ({ f, value }) => f.startsWith('stop-') && (value as { fault?: unknown })?.fault === fault,
      );
      return {
        name: fault,
        nemesis: start.f.slice('start-'.length),
        target: target as NamedFault['target'],
        startNs: start.time,
        stopNs: stop?.time ?? endNs,
      };
    });
}
