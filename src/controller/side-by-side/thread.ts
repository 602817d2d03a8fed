import { workerData } from 'node:worker_threads';
import { checkLinearizability } from '../../checker/linearizability/check.ts';
import { modelNamed } from '../../checker/linearizability/models.ts';
import { places, type Reply, type Task, type ThreadData } from './messages.ts';

/** The program of a thread: judges the histories that it is sent, one after another. */
const { model, semantics, memoryBytes, heapBytes, port, shared, place } = workerData as ThreadData;
const numbers = new Int32Array(shared);

const budget = {
  memoryBytes,
  heapBytes,
  deadlineReached: () => {
    Atomics.add(numbers, place, 1);
    return Atomics.load(numbers, places.timeUp) === 1;
  },
};

port.on('message', ({ number, history }: Task) => {
  const result = checkLinearizability(history, modelNamed(model), { semantics, budget });
  port.postMessage({ number, result } satisfies Reply);
  Atomics.add(numbers, places.done, 1);
  Atomics.notify(numbers, places.done);
});
