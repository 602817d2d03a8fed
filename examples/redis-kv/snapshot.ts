import { idBytes } from './message.ts';
import type { Store } from './store.ts';

/**
 * A snapshot in bytes, little-endian: a mark, the time, the number of entries, the number of replies; for each entry the
 * lengths of key and value (u32) and the deadline (f64, 0 for never), then key and value; for each reply the id, its length (u32)
 * and itself.
 */
export function writeSnapshot(store: Store, outcomes: ReadonlyMap<string, string>): Uint8Array {
  const bytes = Buffer.allocUnsafe(sizeOf(store, outcomes));
  let at = bytes.latin1Write(mark, 0);
  at = bytes.writeDoubleLE(store.timeMs, at);
  at = bytes.writeUInt32LE(store.size, at);
  at = bytes.writeUInt32LE(outcomes.size, at);
  for (const [key, value, deadlineMs] of store.entries()) {
    at = bytes.writeUInt32LE(key.length, at);
    at = bytes.writeUInt32LE(value.length, at);
    at = bytes.writeDoubleLE(deadlineMs ?? 0, at);
    at += bytes.latin1Write(key, at);
    at += bytes.latin1Write(value, at);
  }
  for (const [id, replies] of outcomes) {
    at += bytes.latin1Write(id, at);
    at = bytes.writeUInt32LE(replies.length, at);
    at += bytes.latin1Write(replies, at);
  }
  return bytes;
}

/** Fills the store and the replies with what a snapshot has. */
export function readSnapshot(snapshot: Uint8Array, store: Store, outcomes: Map<string, string>): void {
  const bytes = Buffer.from(snapshot.buffer, snapshot.byteOffset, snapshot.length);
  let at = 0;
  const text = (length: number): string => bytes.latin1Slice(at, (at += length));
  const u32 = (): number => bytes.readUInt32LE((at += 4) - 4);
  const f64 = (): number => bytes.readDoubleLE((at += 8) - 8);
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
