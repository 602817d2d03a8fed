import { UsageError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';

/** The one of `choices` that was asked for, or all of them. Throws a UsageError that says what there is. */
export function choicesOf<T extends string>(
  given: string | undefined,
  choices: readonly T[],
  what: string,
): readonly T[] {
  if (given === undefined) return choices;
  const choice = choices.find((candidate) => candidate === given);
  if (choice !== undefined) return [choice];
  throw new UsageError('bad-nemesis', `nemesis ${what} ${JSON.stringify(given)}`, {
    remedy: `There are: ${choices.join(', ')}.`,
  });
}

/** Goes through the choices again and again, in a new random order each time. */
export class Rotation<T> {
  readonly #choices: readonly T[];
  readonly #random: Random;
  #upcoming: T[] = [];

  constructor(choices: readonly T[], random: Random) {
    this.#choices = choices;
    this.#random = random;
  }

  next(): T {
    if (this.#upcoming.length === 0) this.#upcoming = this.#random.shuffle(this.#choices);
    return this.#upcoming.shift() as T;
  }
}
