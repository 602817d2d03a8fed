import type { Operation } from './operation.ts';

/**
 * What must hold between the operations of a history, wherever it comes from: a process has at most one operation under
 * way, a completion ends the one that its process invoked, and time never goes backwards. The nemesis is exempt from the
 * first two: several faults may be in the making at once, and histories from elsewhere hold notes of type `info`.
 */
export class HistorySequence {
  /** What each process has under way, and the line where it began. */
  readonly #underWay = new Map<number, { readonly f: string; readonly line: number }>();
  #time = 0;
  #timeLine = 0;

  /** Takes the next operation; says what is wrong with it in its place, or null. */
  problem(operation: Operation, line: number): string | null {
    const { time, process } = operation;
    if (time !== undefined) {
      if (time < this.#time) return `time ${time} is before the time ${this.#time} of line ${this.#timeLine}`;
      this.#time = time;
      this.#timeLine = line;
    }
    return process === 'nemesis' ? null : this.#clientProblem(operation, process, line);
  }

  #clientProblem({ type, f }: Operation, process: number, line: number): string | null {
    const begun = this.#underWay.get(process);
    if (type === 'invoke') {
      if (begun !== undefined) {
        return `process ${process} invokes "${f}" while its "${begun.f}" of line ${begun.line} is under way`;
      }
      this.#underWay.set(process, { f, line });
      return null;
    }
    if (begun === undefined) return `process ${process} completes "${f}" (${type}), but has nothing under way`;
    if (begun.f !== f) {
      return `process ${process} completes "${f}" (${type}), but invoked "${begun.f}" on line ${begun.line}`;
    }
    this.#underWay.delete(process);
    return null;
  }
}
