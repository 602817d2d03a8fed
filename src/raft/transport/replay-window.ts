/** How far a message may be overtaken and is still taken. */
export const WINDOW_NUMBERS = 1024;

/**
 * Which numbers of one sender have come: as the anti-replay window of IPsec (RFC 4303, section 3.4.3). Within the last
 * 1024 up to the highest that came, each is taken once, in any order; what is older is not taken, since nobody knows any
 * more whether it came before. Numbers begin at 1 and may have gaps.
 */
export class ReplayWindow {
  /** At each number modulo the size: the last number of that place that came; 0 for none. */
  readonly #came = new Float64Array(WINDOW_NUMBERS);
  #highest = 0;

  /** True the first time that a number comes. */
  take(number: number): boolean {
    const place = number % WINDOW_NUMBERS;
    if (number <= this.#highest - WINDOW_NUMBERS || this.#came[place] === number) return false;
    this.#came[place] = number;
    if (number > this.#highest) this.#highest = number;
    return true;
  }
}
