import { assert } from '../assert.ts';
import type { Timer } from '../clock.ts';
import type { VirtualProcess } from './process.ts';

/** Something that will happen at a virtual time, to a process or (null) to the world itself. */
export class VirtualEvent implements Timer {
  readonly timeNs: number;
  readonly sequence: number;
  readonly process: VirtualProcess | null;
  /** Null once cancelled. */
  action: (() => void) | null;
  /** Where it waits, and its place there; null from when it is taken out. */
  queue: EventQueue | null;
  place = 0;

  constructor(
    timeNs: number,
    sequence: number,
    process: VirtualProcess | null,
    action: () => void,
    queue: EventQueue | null,
  ) {
    this.timeNs = timeNs;
    this.sequence = sequence;
    this.process = process;
    this.action = action;
    this.queue = queue;
  }

  cancel(): void {
    this.action = null;
    this.queue?.remove(this);
  }
}

/**
 * Events by time, those of one time in the order in which they were pushed: a binary heap. Most timers are cancelled long
 * before their time, so these are taken out at once: left in, they would be most of the heap.
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
    const event = new VirtualEvent(timeNs, this.pushed++, process, action, this);
    this.heap.push(event);
    this.rise(this.heap.length - 1, event);
    return event;
  }

  pop(): VirtualEvent | undefined {
    const first = this.heap[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  remove(event: VirtualEvent): void {
    assert(event.queue === this, 'only an event that waits here is taken out');
    event.queue = null;
    const last = this.heap.pop() as VirtualEvent;
    if (last === event) return;
    const hole = event.place;
    if (hole > 0 && before(last, this.heap[(hole - 1) >> 1] as VirtualEvent)) this.rise(hole, last);
    else this.sink(hole, last);
  }

  /** Puts the event where it belongs between the hole and the top. */
  private rise(hole: number, event: VirtualEvent): void {
    const { heap } = this;
    let at = hole;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as VirtualEvent;
      if (before(above, event)) break;
      heap[at] = above;
      above.place = at;
      at = parent;
    }
    heap[at] = event;
    event.place = at;
  }

  /** Puts the event where it belongs between the hole and the leaves. */
  private sink(hole: number, event: VirtualEvent): void {
    const { heap } = this;
    let at = hole;
    for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
      let smaller = heap[child] as VirtualEvent;
      const other = heap[child + 1];
      if (other !== undefined && before(other, smaller)) {
        smaller = other;
        child += 1;
      }
      if (before(event, smaller)) break;
      heap[at] = smaller;
      smaller.place = at;
      at = child;
    }
    heap[at] = event;
    event.place = at;
  }
}

function before(a: VirtualEvent, b: VirtualEvent): boolean {
  return a.timeNs < b.timeNs || (a.timeNs === b.timeNs && a.sequence < b.sequence);
}
