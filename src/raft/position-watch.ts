import type { Clock } from '../base/clock.ts';
import { RaftError } from './errors.ts';

type End = (error: RaftError | null) => void;

/** Who waits until this node has got to a position. */
export class PositionWatch {
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Set<End>>();
  #position = 0;
  #ended: RaftError | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The last message that the state machine has applied, or a snapshot stands for. */
  get position(): number {
    return this.#position;
  }

  moveTo(position: number): void {
    const before = this.#position;
    this.#position = position;
    if (this.#waiting.size === 0) return;
    if (position - before <= this.#waiting.size) {
      for (let at = before + 1; at <= position; at++) this.#reached(at);
    } else {
      for (const at of [...this.#waiting.keys()]) if (at <= position) this.#reached(at);
    }
  }

  /** It gets no further. */
  end(error: RaftError): void {
    this.#ended ??= error;
    for (const all of [...this.#waiting.values()]) for (const end of [...all]) end(this.#ended);
  }

  until(position: number, timeoutMs: number): Promise<void> {
    return this.#clock.promise((resolve, reject) => {
      if (position <= this.#position) return resolve();
      if (this.#ended !== null) return reject(this.#ended);
      const end: End = (error) => {
        timer.cancel();
        this.#leave(position, end);
        if (error === null) resolve();
        else reject(error);
      };
      const timer = this.#clock.setTimer(Math.max(0, timeoutMs), () => {
        const at = `this node has not applied message ${position} within ${timeoutMs} ms, it is at ${this.#position}`;
        end(new RaftError('timeout', at, true));
      });
      const others = this.#waiting.get(position);
      if (others === undefined) this.#waiting.set(position, new Set([end]));
      else others.add(end);
    });
  }

  #reached(position: number): void {
    for (const end of [...(this.#waiting.get(position) ?? [])]) end(null);
  }

  #leave(position: number, end: End): void {
    const all = this.#waiting.get(position);
    all?.delete(end);
    if (all?.size === 0) this.#waiting.delete(position);
  }
}
