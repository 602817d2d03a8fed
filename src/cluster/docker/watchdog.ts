/**
 * The watchdog of one cluster: a process of its own that outlives its controller for as long as it takes to remove what
 * that has left. Its standard input is its life line: it ends when the controller does, however that dies. What is
 * dismissed with `done` has nothing to do. Started with the cluster's id, and the run's for those who read `ps`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectEngine } from './engine.ts';
import { removeCluster } from './removal.ts';

/**
 * A request that the controller had sent may be carried out after its end, though hardly so long after the engine has
 * answered others: what comes of it is to be found as well.
 */
const lateMs = 3_000;
const retryMs = 200;
/** An engine that does not answer for so long has `raft-chaos clean` left to help. */
const giveUpMs = 120_000;

// What ends the controller by a signal to its group or its terminal must leave this process alone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => undefined);

const clusterId = process.argv[2];
if (clusterId === undefined) throw new Error('the id of a cluster is missing');
// Loaded and tried now: by the time it is needed, the program may have been built anew or removed.
const { docker } = await connectEngine();
// With the controller their readers are gone.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
process.stdout.write('armed\n');

const lastWords = await readAll(process.stdin);
if (!lastWords.includes('done')) await removeLeftovers();
process.exit(0);

async function removeLeftovers(): Promise<void> {
  setTimeout(() => process.exit(1), giveUpMs);
  for (let answeredMs: number | null = null; ; await sleep(retryMs)) {
    const removed = await removeCluster(docker, clusterId as string).catch(() => null);
    if (removed === null) continue;
    answeredMs ??= Date.now();
    if (removed.length === 0 && Date.now() - answeredMs > lateMs) return;
  }
}

/** What came until the end, be it orderly or not. */
async function readAll(input: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  try {
    for await (const piece of input) text += piece.toString('latin1');
  } catch {
    // A connection that breaks has ended too.
  }
  return text;
}
