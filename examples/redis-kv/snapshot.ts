import { idBytes } from './message.ts';
import type { Store } from './store.ts';

/**
 * A snapshot in bytes, little-endian: a mark, the time, the number of entries, the number of replies; for each entry the
 * lengths of key and value (u32) and the deadline (f64, 0 for never), then key and value; for each reply the id, its length (u32)
 * and itself.
 */
export function writeSnapshot(store: Store, outcomes: ReadonlyMap<string, string>): Uint8Array {
  const bytes = Buffer.allocUnsafe(sizeOf(store, outcomes));
  let at = bytes.write(mark, 0, 'latin1');
  at = bytes.writeDoubleLE(store.timeMs, at);
  at = bytes.writeUInt32LE(store.size, at);
  at = bytes.writeUInt32LE(outcomes.size, at);
  for (const [key, value, deadlineMs] of store.entries()) {
    at = bytes.writeUInt32LE(key.length, at);
    at = bytes.writeUInt32LE(value.length, at);
    at = bytes.writeDoubleLE(deadlineMs ?? 0, at);
    at += bytes.write(key, at, 'latin1');
    at += bytes.write(value, at, 'latin1');
  }
  for (const [id, replies] of outcomes) {
    at += bytes.write(id, at, 'latin1');
    at = bytes.writeUInt32LE(replies.length, at);
    at += bytes.write(replies, at, 'latin1');
  }
  return bytes;
}

/** Fills the store and the replies with what a snapshot has. */
export function readSnapshot(snapshot: Uint8Array, store: Store, outcomes: Map<string, string>): void {
  const bytes = Buffer.from(snapshot.buffer, snapshot.byteOffset, snapshot.length);
  let at = 0;
  /** The place of the next bytes, which are read by that. */
  const taken = (length: number): number => {
    at += length;
    return at - length;
  };
  const text = (length: number): string => bytes.toString('latin1', taken(length), at);
  const u32 = (): number => bytes.readUInt32LE(taken(4));
  const f64 = (): number => bytes.readDoubleLE(taken(8));
  if (text(mark.length) !== mark) throw new Error('this is no snapshot of redis-kv, or one of another version');
  store.reset(f64());
  const [entries, replies] = [u32(), u32()];
  for (let entry = 0; entry < entries; entry++) {
    const [keyLength, valueLength, deadlineMs] = [u32(), u32(), f64()];
    store.put(text(keyLength), text(valueLength), deadlineMs === 0 ? null : deadlineMs);
  }
  for (let reply = 0; reply < replies; reply++) outcomes.set(text(idBytes), text(u32()));
}

const mark = 'RKV1';
const headerBytes = mark.length + 8 + 4 + 4;
const entryBytes = 4 + 4 + 8;

function sizeOf(store: Store, outcomes: ReadonlyMap<string, string>): number {
  let size = headerBytes;
  for (const [key, value] of store.entries()) size += entryBytes + key.length + value.length;
  for (const replies of outcomes.values()) size += idBytes + 4 + replies.length;
  return size;
}
