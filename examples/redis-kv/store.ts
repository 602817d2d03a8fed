import type { Condition, Expiry, Read, Write } from './commands.ts';
import { Deadlines } from './deadlines.ts';
import { array, bulk, failure, integer, nil, ok } from './resp.ts';
import { isInt64, parseInteger } from './set-options.ts';

interface Entry {
  readonly value: string;
  /** When it expires, by the store's own time; infinity for never. */
  readonly deadlineMs: number;
}

const never = Number.POSITIVE_INFINITY;

/**
 * Keys and values with times to live. Its time is what it is told, in milliseconds since 1970, and never goes back; a key is gone
 * as soon as the time has reached its deadline. So what it holds follows from what it was told, and is the same wherever
 * it was told the same.
 */
export class Store {
  #entries = new Map<string, Entry>();
  readonly #deadlines = new Deadlines();
  #volatile = 0;
  #timeMs = 0;

  get size(): number {
    return this.#entries.size;
  }

  /** How many keys have a time to live. */
  get volatile(): number {
    return this.#volatile;
  }

  get timeMs(): number {
    return this.#timeMs;
  }

  /** It is at least so late. What has expired by then is gone. */
  advance(timeMs: number): void {
    if (timeMs <= this.#timeMs) return;
    this.#timeMs = timeMs;
    for (let due = this.#deadlines.takeDue(timeMs); due !== null; due = this.#deadlines.takeDue(timeMs)) {
      if (this.#entries.get(due.key)?.deadlineMs === due.atMs) this.#delete(due.key);
    }
  }

  /** Makes a change and returns its reply. */
  execute(write: Write): string {
    switch (write.type) {
      case 'set':
        return this.#setIf(write);
      case 'set-all':
        for (const [key, value] of write.pairs) this.#set(key, value, never);
        return ok;
      case 'delete':
        return integer(write.keys.filter((key) => this.#delete(key)).length);
      case 'add':
        return this.#add(write.key, write.by);
      case 'expire':
        return this.#expire(write.key, write.afterMs);
      case 'persist':
        return this.#persist(write.key);
    }
  }

  /** The reply to a question, where the time is `nowMs` if that is later than the store's own. */
  answer(read: Read, nowMs: number): string {
    switch (read.type) {
      case 'get':
        return this.#get(read.key);
      case 'get-all':
        return array(read.keys.map((key) => this.#get(key)));
      case 'exists':
        return integer(read.keys.filter((key) => this.#entries.has(key)).length);
      case 'time-to-live':
        return integer(this.#timeToLive(read.key, read.unitMs, Math.max(nowMs, this.#timeMs)));
      case 'size':
        return integer(this.#entries.size);
    }
  }

  /** Whether an answer would show a key that is to have expired by then. */
  shows(read: Read, timeMs: number): boolean {
    switch (read.type) {
      case 'get':
      case 'time-to-live':
        return this.#isOverdue(read.key, timeMs);
      case 'get-all':
      case 'exists':
        return read.keys.some((key) => this.#isOverdue(key, timeMs));
      case 'size':
        return this.#deadlines.isDue(timeMs);
    }
  }

  /** All entries, and the deadline of those that have one. */
  *entries(): Generator<readonly [key: string, value: string, deadlineMs: number | null]> {
    for (const [key, { value, deadlineMs }] of this.#entries)
      yield [key, value, deadlineMs === never ? null : deadlineMs];
  }

  /** Becomes an empty store at this time, to be filled by `put`. */
  reset(timeMs: number): void {
    this.#entries = new Map();
    this.#deadlines.clear();
    this.#volatile = 0;
    this.#timeMs = timeMs;
  }

  put(key: string, value: string, deadlineMs: number | null): void {
    this.#set(key, value, deadlineMs ?? never);
  }

  #get(key: string): string {
    const entry = this.#entries.get(key);
    return entry === undefined ? nil : bulk(entry.value);
  }

  #isOverdue(key: string, timeMs: number): boolean {
    return (this.#entries.get(key)?.deadlineMs ?? never) <= timeMs;
  }

  #timeToLive(key: string, unitMs: number, nowMs: number): number {
    const entry = this.#entries.get(key);
    if (entry === undefined) return -2;
    return entry.deadlineMs === never ? -1 : Math.round((entry.deadlineMs - nowMs) / unitMs);
  }

  #setIf({ key, value, condition, expiry, returnsOld }: Write & { readonly type: 'set' }): string {
    const found = this.#entries.get(key);
    const holds = conditionHolds(condition, found);
    if (holds) this.#set(key, value, this.#deadlineOf(expiry, found));
    if (returnsOld) return found === undefined ? nil : bulk(found.value);
    return holds ? ok : nil;
  }

  #deadlineOf(expiry: Expiry, found: Entry | undefined): number {
    switch (expiry.type) {
      case 'never':
        return never;
      case 'as-before':
        return found?.deadlineMs ?? never;
      case 'after':
        return this.#timeMs + expiry.ms;
      case 'at':
        return expiry.ms;
    }
  }

  #add(key: string, by: bigint): string {
    const found = this.#entries.get(key);
    const before = parseInteger(found?.value ?? '0');
    if (before === null) return failure('ERR value is not an integer or out of range');
    const sum = before + by;
    if (!isInt64(sum)) return failure('ERR increment or decrement would overflow');
    this.#set(key, String(sum), found?.deadlineMs ?? never);
    return integer(sum);
  }

  #expire(key: string, afterMs: number): string {
    const found = this.#entries.get(key);
    if (found === undefined) return integer(0);
    this.#set(key, found.value, this.#timeMs + afterMs);
    return integer(1);
  }

  #persist(key: string): string {
    const found = this.#entries.get(key);
    if (found === undefined || found.deadlineMs === never) return integer(0);
    this.#set(key, found.value, never);
    return integer(1);
  }

  /** A deadline that has passed already deletes the key. */
  #set(key: string, value: string, deadlineMs: number): void {
    if (deadlineMs <= this.#timeMs) {
      this.#delete(key);
      return;
    }
    const before = this.#entries.get(key)?.deadlineMs ?? never;
    this.#entries.set(key, { value, deadlineMs });
    if (before === deadlineMs) return;
    if (before !== never) this.#volatile--;
    if (deadlineMs === never) return;
    this.#volatile++;
    this.#deadlines.add(key, deadlineMs);
    if (this.#deadlines.size > 2 * this.#volatile + 1000) this.#rebuildDeadlines();
  }

  #delete(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#entries.delete(key);
    if (entry.deadlineMs !== never) this.#volatile--;
    return true;
  }

  /** Leaves out the deadlines that keys had before others: each half as many as all, so that they cost little to leave out. */
  #rebuildDeadlines(): void {
    this.#deadlines.clear();
    for (const [key, { deadlineMs }] of this.#entries) {
      if (deadlineMs !== never) this.#deadlines.add(key, deadlineMs);
    }
  }
}

function conditionHolds(condition: Condition, found: Entry | undefined): boolean {
  switch (condition.type) {
    case 'none':
      return true;
    case 'absent':
      return found === undefined;
    case 'present':
      return found !== undefined;
    case 'equal':
      return found?.value === condition.value;
  }
}
