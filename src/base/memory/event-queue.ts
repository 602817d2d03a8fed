import type { Timer } from '../clock.ts';
import type { VirtualProcess } from './process.ts';

/** Something that will happen at a virtual time, to a process or (null) to the world itself. */
export class VirtualEvent implements Timer {
  readonly timeNs: number;
  readonly sequence: number;
  readonly process: VirtualProcess | null;
  /** Null once cancelled. */
  action: (() => void) | null;

  constructor(timeNs: number, sequence: number, process: VirtualProcess | null, action: () => void) {
    this.timeNs = timeNs;
    this.sequence = sequence;
    this.process = process;
    this.action = action;
  }

  cancel(): void {
    this.action = null;
  }
}

/**
 * Events by time, those of one time in the order in which they were pushed: a binary heap. A cancelled event stays until
 * its time has come, which costs less than finding it.
 */
export class EventQueue {
  private readonly heap: VirtualEvent[] = [];
  private pushed = 0;

  get size(): number {
    return this.heap.length;
  }

  peek(): VirtualEvent | undefined {
    return this.heap[0];
  }

  push(timeNs: number, process: VirtualProcess | null, action: () => void): VirtualEvent {
    const event = new VirtualEvent(timeNs, this.pushed++, process, action);
    const { heap } = this;
    let hole = heap.length;
    heap.push(event);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = heap[parent] as VirtualEvent;
      if (before(above, event)) break;
      heap[hole] = above;
      hole = parent;
    }
    heap[hole] = event;
    return event;
  }

  pop(): VirtualEvent | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let hole = 0;
    for (let child = 1; child < heap.length; child = 2 * hole + 1) {
      let smaller = heap[child] as VirtualEvent;
      const other = heap[child + 1];
      if (other !== undefined && before(other, smaller)) {
        smaller = other;
        child += 1;
      }
      if (before(last, smaller)) break;
      heap[hole] = smaller;
      hole = child;
    }
    heap[hole] = last;
    return first;
  }
}

function before(a: VirtualEvent, b: VirtualEvent): boolean {
  return a.timeNs < b.timeNs || (a.timeNs === b.timeNs && a.sequence < b.sequence);
}
