import type { Validity } from '../checker/verdict.ts';
import type { DeliveriesValue } from '../history/operation.ts';

/** The verdict in a word; the failure shouts, because a colour alone is not read by everyone. */
export function verdictWord(valid: Validity): string {
  if (valid === 'unknown') return 'unknown';
  return valid ? 'valid' : 'INVALID';
}

/** A time since the run began, `12.345 s`; a dash where there is none. */
export function formatTime(ns: number | undefined): string {
  return ns === undefined ? '–' : `${(ns / 1e9).toFixed(3)} s`;
}

/** A length of time in the unit that suits it: `0.35 ms`, `120 ms`, `4.2 s`, `12 min`. */
export function formatDuration(ns: number): string {
  const ms = ns / 1e6;
  if (ms < 1) return `${trimmed(ms, 3)} ms`;
  if (ms < 1000) return `${trimmed(ms, ms < 10 ? 2 : 0)} ms`;
  if (ms < 120_000) return `${trimmed(ms / 1000, ms < 10_000 ? 2 : 1)} s`;
  return `${trimmed(ms / 60_000, 1)} min`;
}

export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${trimmed(bytes / 1000, 1)} kB`;
  return `${trimmed(bytes / 1e6, 1)} MB`;
}

/** `3 faults`, `1 fault`. */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
}

/** Text cut to `limit` characters, with how many were left out. */
export function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit)}… (${formatCount(text.length - limit)} more characters)`;
}

/** Any value of an operation, short enough for a table. A node's deliveries are counted rather than listed. */
export function previewValue(value: unknown, limit = 240): string {
  if (value === undefined) return '';
  if (isDeliveries(value)) return previewDeliveries(value, limit);
  if (typeof value === 'string') return shortened(value, limit);
  return shortened(JSON.stringify(value) ?? String(value), limit);
}

/** Entries with the largest count first, then by name: `timeout × 12, no-leader × 3`. */
export function formatTally(tally: ReadonlyMap<string, number>): string {
  const entries = [...tally].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return entries.map(([name, count]) => `${name} × ${formatCount(count)}`).join(', ');
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isDeliveries(value: unknown): value is DeliveriesValue {
  if (!isRecord(value)) return false;
  const { node, boot, from, messages } = value;
  return typeof node === 'string' && typeof boot === 'number' && typeof from === 'number' && Array.isArray(messages);
}

function previewDeliveries(value: DeliveriesValue, limit: number): string {
  const { node, boot, from, messages } = value;
  const about = `${node} boot ${boot}: ${plural(messages.length, 'message')} from position ${from}`;
  if (messages.length === 0) return about;
  const all = messages.map((message) => JSON.stringify(message)).join(', ');
  if (messages.length <= 3 || all.length <= limit / 2) return `${about}: ${shortened(all, limit)}`;
  const ends = [messages[0], messages[1], messages.at(-1)].map((message) =>
    shortened(JSON.stringify(message), limit / 4),
  );
  return `${about}: ${ends[0]}, ${ends[1]}, … ${ends[2]}`;
}

function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
