import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { asChaosError } from '../base/errors.ts';
import { runFiles } from '../controller/run-folder.ts';
import { type NodeTrace, TraceCollector } from './trace-summary.ts';

/** Bounds for a report to be there in seconds, whatever a node has written. */
const MOST_BYTES = 512 * 1024 * 1024;
const LONGEST_LINE = 1024 * 1024;

/** The traces in a run's folder, by node. A node without a trace has no entry; what cannot be read is passed over. */
export async function readTraces(
  folder: string,
  nodes: readonly string[],
  mostBytes = MOST_BYTES,
): Promise<Map<string, NodeTrace>> {
  const traces = new Map<string, NodeTrace>();
  for (const node of nodes) {
    const trace = await readTrace(join(folder, runFiles.nodes, node, 'trace.jsonl'), node, mostBytes);
    if (trace !== null) traces.set(node, trace);
  }
  return traces;
}

async function readTrace(path: string, node: string, mostBytes: number): Promise<NodeTrace | null> {
  const collector = new TraceCollector(node);
  const decoder = new TextDecoder();
  let left = mostBytes;
  let rest = '';
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      const taken = chunk.subarray(0, left);
      left -= taken.length;
      rest = addLines(collector, rest + decoder.decode(taken, { stream: true }));
      if (taken.length < chunk.length) {
        collector.markCut();
        return collector.finish();
      }
    }
  } catch (thrown) {
    if (asChaosError(thrown, path).code === 'ENOENT') return null;
    // Anything else, a bad disk say, ends the trace here: a report without a lane's end is better than none.
    collector.markCut();
  }
  if (rest !== '') collector.addLine(rest);
  return collector.finish();
}

/** Hands on the whole lines of `text` and returns what follows the last of them. */
function addLines(collector: TraceCollector, text: string): string {
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    if (end > start) collector.addLine(text.slice(start, end));
    start = end + 1;
  }
  const rest = text.slice(start);
  if (rest.length <= LONGEST_LINE) return rest;
  // No trace line is that long: it is dropped, and what follows it up to the next line's end counts as one bad line.
  collector.markCut();
  return '';
}
