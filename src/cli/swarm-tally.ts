import type { SwarmRun } from '../controller/swarm/worker.ts';
import { exitStatus, statusOf } from './exit-status.ts';

/** What a swarm has come to so far. */
export class SwarmTally {
  readonly notValid: SwarmRun[] = [];
  readonly #asked: number;
  readonly #startMs = Date.now();
  readonly #statuses: number[] = [];
  #verified = 0;
  #demanding = 0;
  #virtualNs = 0;
  #events = 0;

  constructor(asked: number) {
    this.#asked = asked;
  }

  add(run: SwarmRun): void {
    this.#statuses.push(run.valid === null ? exitStatus.failure : statusOf(run.valid));
    if (run.valid !== true) this.notValid.push(run);
    if (run.fairWindows > 0) this.#demanding++;
    this.#virtualNs += run.virtualNs;
    this.#events += run.eventCount;
  }

  /** A run was made twice, and was the same. */
  verified(): void {
    this.#verified++;
  }

  /** A swarm that was ended early has shown less than was asked for: that is no success. */
  statuses(interrupted: boolean): readonly number[] {
    if (this.#statuses.length === 0) return [exitStatus.failure];
    return interrupted ? [...this.#statuses, exitStatus.unknown] : this.#statuses;
  }

  counts() {
    const count = (status: number): number => this.#statuses.filter((each) => each === status).length;
    return {
      made: this.#statuses.length,
      valid: count(exitStatus.valid),
      unknown: count(exitStatus.unknown),
      invalid: count(exitStatus.invalid),
      failed: count(exitStatus.failure),
      verified: this.#verified,
      demandingProgress: this.#demanding,
      simulatedSeconds: Math.round(this.#virtualNs / 1e9),
      seconds: (Date.now() - this.#startMs) / 1000,
      events: this.#events,
    };
  }

  line(): string {
    const { made, valid, unknown, invalid, failed, simulatedSeconds, seconds } = this.counts();
    const failures = failed === 0 ? '' : `, ${failed} failed`;
    const speed = Math.round(simulatedSeconds / Math.max(seconds, 0.001));
    return (
      `${made} of ${this.#asked} runs: ${valid} valid, ${invalid} invalid, ${unknown} unknown${failures}; ` +
      `${simulatedSeconds} s simulated in ${Math.round(seconds)} s, ${speed} times real time`
    );
  }

  /** How much the runs have demanded of the system, and of the simulation. */
  demands(): string {
    const { verified, demandingProgress } = this.counts();
    return `${demandingProgress} demanded progress during faults; ${verified} were made twice and were the same`;
  }
}
