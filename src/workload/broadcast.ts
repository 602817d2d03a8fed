import { sleep } from '../base/clock.ts';
import { checkTotalOrder } from '../checker/total-order.ts';
import type { BroadcastValue, DeliveriesValue } from '../history/operation.ts';
import { completionOf } from './completion.ts';
import type { Completion, Invocation, Perform, Workload, WorkloadContext, WorkloadRun } from './workload.ts';

/** Unique messages are broadcast through every node, and what each node delivers is read as it grows. */
export const broadcast: Workload = {
  name: 'broadcast',
  summary: 'broadcasts unique messages and reads what every node delivers; judged by the total order of the deliveries',
  start: (context) => new BroadcastRun(context),
  checkers: { 'total-order': checkTotalOrder },
};

const shareOfReads = 0.1;
const finalReadPauseMs = 100;

/** Where the next read of a node begins; a node that was restarted is read from 1 again, to hold it to what it said. */
interface ReadCursor {
  boot: number;
  next: number;
}

class BroadcastRun implements WorkloadRun {
  readonly #context: WorkloadContext;
  readonly #cursors = new Map<string, ReadCursor>();
  #messages = 0;
  /** The highest position that a probe was given after the faults: every node must get there. */
  #probed = 0;

  constructor(context: WorkloadContext) {
    this.#context = context;
  }

  next(node: string): Invocation {
    return this.#context.random.fraction() < shareOfReads ? this.#read(node, false) : this.probe(node);
  }

  probe(node: string): Invocation {
    this.#messages++;
    return { f: 'broadcast', value: `${node}-${this.#messages}` };
  }

  invoke(node: string, invocation: Invocation, done: (completion: Completion) => void): void {
    const { cluster, opTimeoutMs } = this.#context;
    if (invocation.f === 'broadcast') {
      const request = { method: 'POST', path: '/broadcast', body: { message: invocation.value } } as const;
      cluster.call(node, request, opTimeoutMs, (outcome) => done(completionOf(outcome)));
      return;
    }
    const { from } = invocation.value as { from: number };
    cluster.call(node, { method: 'GET', path: `/deliveries?from=${from}` }, opTimeoutMs, (outcome) => {
      const completion = completionOf(outcome);
      if (completion.type === 'ok') this.#advance(completion.value as DeliveriesValue);
      done(completion);
    });
  }

  /**
   * Reads every node up to the probes' position, so that what is missing then is not merely late. Only from there on are
   * reads marked final, which lets the checker say that what they lack is lost.
   */
  async finalReads(perform: Perform, deadlineNs: number): Promise<void> {
    const { cluster } = this.#context;
    for (const node of cluster.nodes) {
      const completion = await perform(node, this.probe(node));
      if (completion.type === 'ok')
        this.#probed = Math.max(this.#probed, (completion.value as BroadcastValue).position);
    }
    await Promise.all(cluster.nodes.map((node) => this.#readToEnd(node, perform, deadlineNs)));
  }

  async #readToEnd(node: string, perform: Perform, deadlineNs: number): Promise<void> {
    const { clock } = this.#context.cluster;
    while (clock.nowNs() <= deadlineNs) {
      const before = this.#cursor(node).next;
      const caughtUp = before > this.#probed;
      const { type, value } = await perform(node, this.#read(node, caughtUp));
      // A read that is marked final and brings something more is followed by another: the last one came back empty.
      if (type === 'ok' && caughtUp && (value as DeliveriesValue).messages.length === 0) return;
      if (this.#cursor(node).next === before) await sleep(clock, finalReadPauseMs);
    }
  }

  #read(node: string, final: boolean): Invocation {
    const from = this.#cursor(node).next;
    return { f: 'deliveries', value: final ? { from, final: true } : { from } };
  }

  #advance(read: DeliveriesValue): void {
    const cursor = this.#cursor(read.node);
    if (read.boot > cursor.boot) {
      // What was asked for of the former boot is left to the checker; the new one is read from its beginning.
      cursor.next = cursor.boot === 0 ? read.from + read.messages.length : 1;
      cursor.boot = read.boot;
    } else if (read.boot === cursor.boot && read.from <= cursor.next) {
      cursor.next = Math.max(cursor.next, read.from + read.messages.length);
    }
  }

  #cursor(node: string): ReadCursor {
    const known = this.#cursors.get(node);
    if (known !== undefined) return known;
    const cursor = { boot: 0, next: 1 };
    this.#cursors.set(node, cursor);
    return cursor;
  }
}
