import type { Configuration } from '../../../src/raft/protocol/entries.ts';
import type { Effect, TimerName } from '../../../src/raft/protocol/events.ts';
import type { State } from '../../../src/raft/protocol/state.ts';
import type { ProtocolDisk } from './disk.ts';

/** What an application here makes of the messages: it keeps them all. */
export interface DeliveredText {
  readonly position: number;
  readonly text: string;
}

export interface ClusterMember {
  state: State;
  readonly disk: ProtocolDisk;
  held: (Effect & { readonly afterWrite: number })[];
  delivered: DeliveredText[];
  up: boolean;
  /** When each timer that is set was set, by this member's clock, and when it is due in `pass`. */
  readonly timers: Map<TimerName, { readonly setMs: number; readonly dueMs: number }>;
  /** It was at `atMs` when it was `fromMs`, and goes `rate` times as fast as time since. */
  clock: { readonly rate: number; readonly fromMs: number; readonly atMs: number };
  configured: Configuration;
}

/** Every part says who took the snapshot and when: pieces of different snapshots must not be put together. */
export function encodeState(by: string, nowMs: number, delivered: readonly DeliveredText[]): Uint8Array {
  const parts = delivered.map(({ position, text }) => `${by}@${nowMs}|${position}|${text}`);
  return new TextEncoder().encode(parts.join('\n'));
}

export function decodeState(data: Uint8Array): DeliveredText[] {
  const lines = new TextDecoder().decode(data).split('\n');
  const parts = lines.filter((line) => line !== '').map((line) => line.split('|'));
  if (new Set(parts.map(([by]) => by)).size > 1) throw new Error(`a snapshot of several: ${lines.join(' ')}`);
  return parts.map(([, position, text = '']) => ({ position: Number(position), text }));
}
