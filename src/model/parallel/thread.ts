import { parentPort, workerData } from 'node:worker_threads';
import { present, unreachable } from '../../base/assert.ts';
import { seededRandom } from '../../base/random.ts';
import { dive } from '../depth-first.ts';
import { Expander } from '../expander.ts';
import { type Entry, FrontierReader, FrontierWriter } from '../frontier.ts';
import { isTooLarge } from '../search.ts';
import { defaultWalkDepth, statesPerLook, Walker } from '../simulation.ts';
import { VisitedSet } from '../visited-set.ts';
import { loadModel } from './load-model.ts';
import type { Reply, Task, ThreadData } from './messages.ts';

/** The program of a thread: a model of its own, a share of the work, and the visited set that all have together. */
const { source, memory, segments, depth, seed } = workerData as ThreadData;
const port = present(parentPort, 'this runs in a thread');
const model = await loadModel(source, memory);
const visited = VisitedSet.of(segments);
const full: SharedArrayBuffer[] = [];
const stack: Entry[] = [];
const writer = new FrontierWriter((block) => full.push(block));
const walker = new Walker(model, seededRandom(seed), depth ?? defaultWalkDepth);

/** Goes where new states are to go: the next level, or the stack of a dive. */
let push = (entry: Entry): void => writer.push(entry);
const expander = new Expander(model, visited, (entry) => push(entry));

/** How many states a dive goes on from before it gives what is left to whoever has nothing to do. */
const statesPerDive = 10_000;

port.on('message', (task: Task) => port.postMessage(perform(task)));

function perform(task: Task): Reply {
  let done: Partial<Reply> = {};
  let tooLarge = false;
  try {
    done = doneFor(task);
  } catch (thrown) {
    if (!isTooLarge(thrown)) throw thrown;
    tooLarge = true;
  }
  const { counts, trails } = task.type === 'walk' ? walker : { counts: expander.counts, trails: new Map() };
  const { sightings } = expander;
  return { counts, sightings, trails, blocks: full.splice(0), rest: null, tooDeep: false, walks: 0, tooLarge, ...done };
}

function doneFor(task: Task): Partial<Reply> {
  switch (task.type) {
    case 'expand':
      return { rest: expandBlock(new FrontierReader(task.block, task.from ?? undefined)) };
    case 'hand-over':
      writer.flush();
      return {};
    case 'dive':
      return { tooDeep: diveFrom(new FrontierReader(task.block)) };
    case 'walk':
      return { walks: walker.walk(task.walks, statesPerLook) };
    case 'take-segments':
      visited.take(task.segments);
      return {};
    default:
      return unreachable(task);
  }
}

function expandBlock(reader: FrontierReader): number | null {
  while (!reader.done) {
    const { position } = reader;
    if (!expander.expand(reader.next())) return position;
  }
  return null;
}

/** What is left is handed on in two blocks, of which the second has the newest states. */
function diveFrom(reader: FrontierReader): boolean {
  push = (entry) => stack.push(entry);
  while (!reader.done) stack.push(reader.next());
  let tooDeep = false;
  for (let left = statesPerDive; left > 0 && stack.length > 0 && !visited.isFull; left -= 100) {
    tooDeep = dive(expander, stack, 100, depth) || tooDeep;
  }
  const half = Math.ceil(stack.length / 2);
  for (const part of [stack.slice(0, half), stack.slice(half)]) {
    for (const entry of part) writer.push(entry);
    writer.flush();
  }
  stack.length = 0;
  return tooDeep;
}
