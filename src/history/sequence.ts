import type { Operation } from './operation.ts';

/**
 * What must hold between the operations of a history, wherever it comes from: a process has at most one operation under
 * way, a completion ends the one that its process invoked, and time never goes backwards. The nemesis is exempt from the
 * first two: several faults may be in the making at once, and histories from elsewhere hold notes of type `info`.
 */
export class HistorySequence {
  /** What each process has under way, or had last. Kept where it is done: most processes begin again at once. */
  readonly #states = new Map<number, ProcessState>();
  #time = 0;
  #timeLine = 0;

  /** Takes the next operation; says what is wrong with it in its place, or null. */
  problem(operation: Operation, line: number): string | null {
    const { time, process } = operation;
    if (time !== undefined) {
      if (time < this.#time) {
        return `time ${time} is before the time ${this.#time} of line ${this.#timeLine}, but time never goes backwards`;
      }
      this.#time = time;
      this.#timeLine = line;
    }
    return process === 'nemesis' ? null : this.#clientProblem(operation, process, line);
  }

  #clientProblem({ type, f }: Operation, process: number, line: number): string | null {
    const state = this.#states.get(process);
    if (type === 'invoke') {
      if (state === undefined) {
        this.#states.set(process, { isBusy: true, f, line });
        return null;
      }
      if (state.isBusy) {
        return `process ${process} invokes "${f}" while its "${state.f}" of line ${state.line} is under way`;
      }
      state.isBusy = true;
      state.f = f;
      state.line = line;
      return null;
    }
    if (state?.isBusy !== true) return `process ${process} completes "${f}" (${type}), but has nothing under way`;
    if (state.f !== f) {
      return `process ${process} completes "${f}" (${type}), but invoked "${state.f}" on line ${state.line}`;
    }
    // One whose operation may still happen does not come back, as a rule.
    if (type === 'info') this.#states.delete(process);
    else state.isBusy = false;
    return null;
  }
}

interface ProcessState {
  isBusy: boolean;
  f: string;
  line: number;
}
