import type { NewOperation, Operation, OperationType } from '../../src/history/operation.ts';

export interface StartOptions {
  readonly effective?: boolean;
  readonly leavesQuorum?: boolean;
  /** Whom it hits, as far as it says so. */
  readonly reach?: { readonly hit: readonly string[]; readonly hub?: string; readonly nodeCount: number };
}

/** Builds histories with faults by hand. Time stands still but for `at`. A fault's nemesis is its name up to the dash. */
export class NemesisScript {
  readonly history: Operation[] = [];
  #time = 0;
  #process = 0;

  /** From here on it is this many seconds since the run began. */
  at(seconds: number): this {
    this.#time = seconds * 1e9;
    return this;
  }

  start(fault: string, options: StartOptions = {}): this {
    return this.beginStart(fault, options).endStart(fault, options);
  }

  beginStart(fault: string, { leavesQuorum = true, reach }: StartOptions = {}): this {
    const value = { fault, description: `of ${fault}`, leavesQuorum, ...reach, target: {} };
    this.#nemesis('invoke', `start-${nemesisOf(fault)}`, value);
    return this;
  }

  endStart(fault: string, { effective = true }: StartOptions = {}): this {
    this.#nemesis('info', `start-${nemesisOf(fault)}`, { fault, evidence: [`${fault} begins`], effective });
    return this;
  }

  stop(fault: string, effective = true): this {
    return this.beginStop(fault).endStop(fault, effective);
  }

  beginStop(fault: string): this {
    this.#nemesis('invoke', `stop-${nemesisOf(fault)}`, { fault });
    return this;
  }

  endStop(fault: string, effective = true): this {
    this.#nemesis('info', `stop-${nemesisOf(fault)}`, { fault, evidence: [`${fault} ends`], effective });
    return this;
  }

  /** It was to be stopped, and could not be. */
  stopInVain(fault: string): this {
    const value = { fault, evidence: [`${fault} goes on`], effective: true, stillInForce: true };
    this.beginStop(fault).#nemesis('info', `stop-${nemesisOf(fault)}`, value);
    return this;
  }

  success(): this {
    return this.client('broadcast', 'ok');
  }

  client(f: string, type: OperationType): this {
    return this.end(this.begin(f), type);
  }

  /** Returns the process. */
  begin(f: string): number {
    this.record({ process: this.#process, type: 'invoke', f });
    return this.#process++;
  }

  end(process: number, type: OperationType): this {
    const f = this.history.find((operation) => operation.process === process)?.f ?? '';
    this.record({ process, type, f });
    return this;
  }

  record(operation: NewOperation): void {
    this.history.push({ index: this.history.length, time: this.#time, ...operation });
  }

  #nemesis(type: OperationType, f: string, value: unknown): void {
    this.record({ process: 'nemesis', type, f, value });
  }
}

function nemesisOf(fault: string): string {
  return fault.split('-')[0] ?? '';
}
