import { assert } from '../../base/assert.ts';
import { asChaosError } from '../../base/errors.ts';
import { type Callback, failure, success } from '../../base/outcome.ts';

/** What is under way, so that closing can wait for it. */
export class Work {
  readonly #jobs: (() => void)[] = [];
  #underWay = 0;
  #whenIdle: (() => void) | null = null;

  /** Something begins; it calls what this returns when it has ended. */
  begin(): () => void {
    this.#underWay += 1;
    return () => {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#whenIdle?.();
    };
  }

  /** Does one job after the other, in the order they are given. `context` names what an unknown error is about. */
  inTurn<T>(context: string, job: () => Promise<T>, done: Callback<T>): void {
    const finish = this.begin();
    const ended = (): void => {
      this.#jobs.shift();
      this.#jobs[0]?.();
      finish();
    };
    this.#jobs.push(() => {
      job().then(
        (value) => {
          done(success(value));
          ended();
        },
        (error: unknown) => {
          done(failure(asChaosError(error, context)));
          ended();
        },
      );
    });
    if (this.#jobs.length === 1) this.#jobs[0]?.();
  }

  /** Calls `then` as soon as nothing is under way: at once, perhaps. To be asked once, and nothing is begun after that. */
  whenIdle(then: () => void): void {
    assert(this.#whenIdle === null, 'one waits for the end of the work');
    this.#whenIdle = then;
    if (this.#underWay === 0) then();
  }
}
