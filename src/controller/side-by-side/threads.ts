import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { ChaosError } from '../../base/errors.ts';
import { checkLinearizability, type LinearizabilityOptions } from '../../checker/linearizability/check.ts';
import type { Semantics } from '../../checker/linearizability/model.ts';
import { modelNamed } from '../../checker/linearizability/models.ts';
import type { Budget } from '../../checker/linearizability/search.ts';
import type { CheckerResult } from '../../checker/verdict.ts';
import type { Operation } from '../../history/operation.ts';
import { builtModule } from '../../model/parallel/load-model.ts';
import { places, type Reply, type Task, type ThreadData } from './messages.ts';

/** How often whoever waits for threads looks at its own time, and how long a thread may show no sign of life. */
const lookMs = 100;
const silenceMs = 20_000;

/**
 * Judges histories by a model in threads, each with its share of the memory, and waits for them: a checker returns its
 * verdict, not a promise. A history whose thread dies is judged here instead, so that the verdict is the same as without.
 */
export function inThreads(
  model: string,
  semantics: Semantics,
  budget: Budget,
): NonNullable<LinearizabilityOptions['sideBySide']> {
  return (histories) => {
    const count = Math.min(availableParallelism(), histories.length);
    const share = {
      memoryBytes: budget.memoryBytes / count,
      heapBytes: (budget.heapBytes ?? budget.memoryBytes) / count,
    };
    const module = count < 2 ? null : builtThread();
    const threads = module && Threads.start(module, { model, semantics, ...share }, count);
    const results = threads?.judge(histories, budget.deadlineReached) ?? [];
    return histories.map(
      (history, number) => results[number] ?? checkLinearizability(history, modelNamed(model), { semantics, budget }),
    );
  };
}

type Asked = Pick<ThreadData, 'model' | 'semantics' | 'memoryBytes' | 'heapBytes'>;

interface Thread {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly place: number;
  /** The number of its task; null where it waits for one. */
  task: number | null;
  /** Its last sign of life, and when that was seen. */
  sign: number;
  seenMs: number;
}

class Threads {
  readonly #numbers: Int32Array;
  #threads: Thread[];

  private constructor(numbers: Int32Array, threads: Thread[]) {
    this.#numbers = numbers;
    this.#threads = threads;
  }

  static start(module: URL, asked: Asked, count: number): Threads {
    const shared = new SharedArrayBuffer(4 * (places.threads + count));
    const threads = Array.from({ length: count }, (_, number): Thread => {
      const { port1, port2 } = new MessageChannel();
      const place = places.threads + number;
      const workerData: ThreadData = { ...asked, port: port2, shared, place };
      const worker = new Worker(module, { workerData, transferList: [port2] });
      // The death of a thread is seen by its silence, as nothing is heard while this one waits.
      worker.on('error', () => {});
      worker.unref();
      return { worker, port: port1, place, task: null, sign: 0, seenMs: performance.now() };
    });
    return new Threads(new Int32Array(shared), threads);
  }

  /** By history; what is missing at the end was given to threads that died. */
  judge(
    histories: readonly (readonly Operation[])[],
    deadlineReached: () => boolean,
  ): readonly (CheckerResult | undefined)[] {
    const results: CheckerResult[] = [];
    let next = 0;
    for (;;) {
      const done = Atomics.load(this.#numbers, places.done);
      for (const thread of this.#threads) {
        this.#receive(thread, results);
        if (thread.task === null && next < histories.length) this.#send(thread, next, histories[next++] ?? []);
      }
      this.#dropSilent();
      if (this.#threads.every(({ task }) => task === null)) break;
      if (deadlineReached()) Atomics.store(this.#numbers, places.timeUp, 1);
      Atomics.wait(this.#numbers, places.done, done, lookMs);
    }
    for (const thread of this.#threads) end(thread);
    return results;
  }

  #send(thread: Thread, number: number, history: readonly Operation[]): void {
    thread.port.postMessage({ number, history } satisfies Task);
    thread.task = number;
    thread.seenMs = performance.now();
  }

  #receive(thread: Thread, results: CheckerResult[]): void {
    const received = receiveMessageOnPort(thread.port);
    if (received === undefined) return;
    const { number, result } = received.message as Reply;
    results[number] = result;
    thread.task = null;
  }

  #dropSilent(): void {
    for (const thread of this.#threads) {
      const sign = Atomics.load(this.#numbers, thread.place);
      if (sign === thread.sign) continue;
      thread.sign = sign;
      thread.seenMs = performance.now();
    }
    const isSilent = ({ task, seenMs }: Thread): boolean => task !== null && performance.now() - seenMs > silenceMs;
    for (const thread of this.#threads.filter(isSilent)) end(thread);
    this.#threads = this.#threads.filter((thread) => !isSilent(thread));
  }
}

function end({ worker, port }: Thread): void {
  port.close();
  void worker.terminate();
}

/** Null where it is not compiled, as it must be for a thread to load it. */
function builtThread(): URL | null {
  try {
    return new URL(builtModule(new URL(threadModule, import.meta.url).href));
  } catch (thrown) {
    if (thrown instanceof ChaosError && thrown.code === 'not-built') return null;
    throw thrown;
  }
}

const threadModule = import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js';
