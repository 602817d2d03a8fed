import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SimNode } from './sim-node.ts';

/** Writes what the nodes have said to `directory/<node>/`: the one thing of a simulation that touches the real world. */
export function collectNodes(nodes: Iterable<SimNode>, directory: string): void {
  for (const { name, log, trace } of nodes) {
    mkdirSync(join(directory, name), { recursive: true });
    writeFileSync(join(directory, name, 'stdout.log'), log);
    writeFileSync(join(directory, name, 'trace.jsonl'), trace);
  }
}
