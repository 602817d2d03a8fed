import type { Operation } from '../history/operation.ts';
import { faultsOf } from './faults.ts';
import { IntList } from './int-list.ts';
import type { FaultRecord } from './verdict.ts';

/** What any node answers by itself: that it succeeds says nothing of the system as a whole. */
const localOperations: ReadonlySet<string> = new Set(['deliveries']);

/** How operations of one name ended; `info` counts also those that have no completion. */
interface Outcomes {
  ok: number;
  fail: number;
  info: number;
}

/**
 * What every history is asked, whoever judges it: its faults, what succeeded when, and counts. Takes the history operation
 * by operation, and keeps those of the nemesis only.
 */
export class Overview {
  /** Of each operation of more than one node that succeeded before all faults were undone: its invocation and completion. */
  readonly invoked = new IntList();
  readonly completed = new IntList();
  /** The nemesis's operations, by index. */
  readonly nemesis = new Map<number, Operation>();
  readonly #underWay = new Map<number, Operation>();
  readonly #byFunction = new Map<string, Outcomes>();
  #isUndone = false;
  #endTime: number | null = null;

  take(operation: Operation): void {
    const { process, time, type, f } = operation;
    if (time !== undefined) this.#endTime = time;
    if (process === 'nemesis') {
      if (f === 'recovery') this.#isUndone = true;
      this.nemesis.set(operation.index, operation);
    } else if (type === 'invoke') {
      this.#underWay.set(process, operation);
      this.#outcomesOf(f).info++;
    } else {
      const invocation = this.#underWay.get(process);
      if (invocation === undefined) return;
      this.#underWay.delete(process);
      this.#complete(invocation, operation, type);
    }
  }

  /** Null where no operation has a time. */
  get endTime(): number | null {
    return this.#endTime;
  }

  faults(): FaultRecord[] {
    return faultsOf([...this.nemesis.values()]);
  }

  /** What `results.json` says of a history as such. Operations are pairs of invocation and completion. */
  stats(): Record<string, unknown> {
    let [operations, ok] = [0, 0];
    for (const outcomes of this.#byFunction.values()) {
      operations += outcomes.ok + outcomes.fail + outcomes.info;
      ok += outcomes.ok;
    }
    const okRate = operations === 0 ? null : ok / operations;
    return { operations, ok, okRate, byFunction: Object.fromEntries(this.#byFunction), durationNs: this.#endTime };
  }

  #complete(invocation: Operation, completion: Operation, type: keyof Outcomes): void {
    const outcomes = this.#outcomesOf(invocation.f);
    outcomes.info--;
    outcomes[type]++;
    if (type !== 'ok' || this.#isUndone || localOperations.has(invocation.f)) return;
    this.invoked.push(invocation.index);
    this.completed.push(completion.index);
  }

  #outcomesOf(f: string): Outcomes {
    let outcomes = this.#byFunction.get(f);
    if (outcomes === undefined) {
      outcomes = { ok: 0, fail: 0, info: 0 };
      this.#byFunction.set(f, outcomes);
    }
    return outcomes;
  }
}

export function overviewOf(history: Iterable<Operation>): Overview {
  const overview = new Overview();
  for (const operation of history) overview.take(operation);
  return overview;
}
