import { present } from '../base/assert.ts';
import { checkRegister } from '../checker/linearizability/register.ts';
import { completionOf } from './completion.ts';
import { Keys } from './keys.ts';
import type { Completion, Invocation, Perform, Workload, WorkloadContext, WorkloadRun } from './workload.ts';

/** Clients read, write and compare-and-set a few registers at a time, each of which is given up for a fresh one in the end. */
export const register: Workload = {
  name: 'register',
  summary: 'reads, writes and compare-and-sets keys of a replicated map; judged by whether each key is linearizable',
  start: (context) => new RegisterRun(context),
  checkers: { linearizability: checkRegister },
};

const keysAtATime = 5;
/** Small enough that a key with unknown outcomes is judged quickly, large enough to outlive a fault. */
const operationsPerKey = 200;
const shareOfReads = 0.5;
const shareOfWrites = 0.3;

class RegisterRun implements WorkloadRun {
  readonly #context: WorkloadContext;
  readonly #keys: Keys;

  constructor(context: WorkloadContext) {
    this.#context = context;
    this.#keys = new Keys(context.random, keysAtATime, ({ drawn }) => drawn >= operationsPerKey);
  }

  next(_node: string): Invocation {
    const { random } = this.#context;
    const key = this.#keys.draw();
    const kind = random.fraction();
    if (kind < shareOfReads) return { f: 'read', key: key.name };
    if (kind < shareOfReads + shareOfWrites) return { f: 'write', key: key.name, value: ++key.lastValue };
    // From a value of late: half of them fail, and a failure is an observation too.
    const from = Math.max(1, key.lastValue - random.integer(0, 2));
    return { f: 'cas', key: key.name, value: [from, ++key.lastValue] };
  }

  invoke(node: string, invocation: Invocation, done: (completion: Completion) => void): void {
    const { cluster, opTimeoutMs } = this.#context;
    cluster.call(node, requestOf(invocation), opTimeoutMs, (outcome) => {
      const completion = completionOf(outcome);
      if (completion.type !== 'ok') done(completion);
      else if (invocation.f !== 'read') done({ type: 'ok', value: invocation.value });
      else done({ type: 'ok', value: (completion.value as { value: unknown }).value });
    });
  }

  probe(_node: string): Invocation {
    const key = this.#keys.draw();
    return { f: 'write', key: key.name, value: ++key.lastValue };
  }

  /** Every key is read once more, and those in use at every node. */
  async finalReads(perform: Perform, deadlineNs: number): Promise<void> {
    const { cluster } = this.#context;
    const inUse = this.#keys.namesInUse;
    const reads = this.#keys.names.flatMap((key, place) =>
      (inUse.includes(key) ? cluster.nodes : [present(cluster.nodes[place % cluster.nodes.length], 'a node')]).map(
        (node) => ({ node, key }),
      ),
    );
    for (const { node, key } of reads) {
      if (cluster.clock.nowNs() > deadlineNs) return;
      await perform(node, { f: 'read', key });
    }
  }
}

function requestOf({ f, key, value }: Invocation) {
  if (f === 'read') return { method: 'GET', path: `/read?key=${encodeURIComponent(String(key))}` } as const;
  if (f === 'write') return { method: 'POST', path: '/write', body: { key, value } } as const;
  const [from, to] = value as readonly [number, number];
  return { method: 'POST', path: '/cas', body: { key, from, to } } as const;
}
