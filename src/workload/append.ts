import { present } from '../base/assert.ts';
import { checkListAppend } from '../checker/elle/check.ts';
import type { MicroOperation } from '../node/commands.ts';
import { completionOf } from './completion.ts';
import { type Key, Keys } from './keys.ts';
import type { Completion, Invocation, Perform, Workload, WorkloadContext, WorkloadRun } from './workload.ts';

/**
 * Clients read and append to a few lists in transactions of several parts. Every value is appended once, so the lists that are
 * read tell in which order: as in Jepsen's workload of that name, from which Elle infers dependencies.
 */
export const append: Workload = {
  name: 'append',
  summary: 'transactions that read and append to replicated lists; judged by whether they are strictly serializable',
  start: (context) => new AppendRun(context),
  checkers: { 'list-append': (history) => checkListAppend(history) },
};

const keysAtATime = 4;
const mostParts = 4;
const shareOfReads = 0.5;
/** A list is read again and again: it is kept short, and given up for a fresh one. */
const appendsPerKey = 40;
const keysPerFinalRead = 8;

class AppendRun implements WorkloadRun {
  readonly #context: WorkloadContext;
  readonly #keys: Keys;

  constructor(context: WorkloadContext) {
    this.#context = context;
    this.#keys = new Keys(context.random, keysAtATime, ({ lastValue }) => lastValue >= appendsPerKey);
  }

  next(_node: string): Invocation {
    const { random } = this.#context;
    const parts = Array.from({ length: random.integer(1, mostParts) }, () => this.#nextPart());
    return { f: 'txn', value: parts };
  }

  invoke(node: string, invocation: Invocation, done: (completion: Completion) => void): void {
    const { cluster, opTimeoutMs } = this.#context;
    const request = { method: 'POST', path: '/txn', body: { operations: invocation.value } } as const;
    cluster.call(node, request, opTimeoutMs, (outcome) => {
      const completion = completionOf(outcome);
      if (completion.type !== 'ok') done(completion);
      else done({ type: 'ok', value: (completion.value as { operations: readonly MicroOperation[] }).operations });
    });
  }

  probe(_node: string): Invocation {
    return { f: 'txn', value: [this.#append(this.#keys.draw())] };
  }

  /** Every list is read once more, and those in use at every node. */
  async finalReads(perform: Perform, deadlineNs: number): Promise<void> {
    const { cluster } = this.#context;
    const reads = [
      ...cluster.nodes.map((node) => ({ node, keys: this.#keys.namesInUse })),
      ...inGroups(this.#keys.names).map((keys, place) => {
        return { node: present(cluster.nodes[place % cluster.nodes.length], 'a node'), keys };
      }),
    ];
    for (const { node, keys } of reads) {
      if (cluster.clock.nowNs() > deadlineNs) return;
      await perform(node, { f: 'txn', value: keys.map((key) => ['r', key, null]) });
    }
  }

  #nextPart(): MicroOperation {
    const key = this.#keys.draw();
    return this.#context.random.fraction() < shareOfReads ? ['r', key.name, null] : this.#append(key);
  }

  #append(key: Key): MicroOperation {
    return ['append', key.name, ++key.lastValue];
  }
}

function inGroups(keys: readonly string[]): string[][] {
  const groups: string[][] = [];
  for (let at = 0; at < keys.length; at += keysPerFinalRead) groups.push(keys.slice(at, at + keysPerFinalRead));
  return groups;
}
