import { RaftError } from './errors.ts';

/** What a request takes beside its message: itself, its timer, and what the protocol notes of it. */
const requestBytes = 1024;

/** How much memory those take who wait for the cluster, which is bounded. */
export class Load {
  readonly #maxBytes: number;
  #requests = 0;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** An error where so much is waiting already that no more is taken: nothing has happened then. A single one always is. */
  refusal(messageBytes: number): RaftError | null {
    if (this.#bytes + requestBytes + messageBytes <= this.#maxBytes || this.#requests === 0) return null;
    const waiting = `${this.#requests} requests, which take ${this.#bytes} bytes, wait for the cluster already`;
    return new RaftError('overloaded', `${waiting}: ask again when some are answered`, true);
  }

  add(messageBytes: number): void {
    this.#requests++;
    this.#bytes += requestBytes + messageBytes;
  }

  remove(messageBytes: number): void {
    this.#requests--;
    this.#bytes -= requestBytes + messageBytes;
  }
}
