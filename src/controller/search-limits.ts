import { freemem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { Budget } from '../checker/linearizability/search.ts';

/** What a search may use: no more than this time, and unless given three quarters of the memory that is free. */
export interface Limits {
  readonly memoryBytes?: number;
  readonly timeMs?: number;
}

export function budgetOf({ memoryBytes, timeMs = Number.POSITIVE_INFINITY }: Limits): Budget {
  const deadlineMs = performance.now() + timeMs;
  return {
    deadlineReached: () => performance.now() > deadlineMs,
    memoryBytes: memoryBytes ?? 0.75 * freeMemoryBytes(),
    heapBytes: 0.5 * getHeapStatistics().heap_size_limit,
  };
}

/** What the machine has free, or the container that this runs in, if that is less. */
function freeMemoryBytes(): number {
  const limitBytes = process.constrainedMemory();
  const free = freemem();
  return limitBytes > 0 ? Math.min(free, Math.max(0, limitBytes - process.memoryUsage.rss())) : free;
}
