import type { Configuration, Entry } from '../../raft/protocol/entries.ts';
import { numberOf } from './deliveries.ts';
import { sameStamp } from './entries.ts';

/** What has been committed, from index 1 on, with the term of who committed it first. */
export type Committed = readonly { readonly entry: Entry; readonly by: number }[];

/** What is to be made of committed entries, worked out anew, apart from what the core does. */
export interface Meaning {
  /** The messages in the order in which every application is to have them, by number. */
  readonly messages: readonly number[];
  /** How many of them are delivered by the entries up to each index, from 0 on. */
  readonly upTo: readonly number[];
}

/** A message with a stamp counts the first time, and only while its session is open: sessions stay open here. */
export function meaningOf(committed: Committed): Meaning {
  const known = meanings.get(committed);
  if (known !== undefined) return known;
  const messages: number[] = [];
  const upTo = [0];
  for (const [at, { entry }] of committed.entries()) {
    if (entry.kind === 'message' && isFirst(committed, at)) messages.push(numberOf(entry.payload));
    upTo.push(messages.length);
  }
  const meaning = { messages, upTo };
  meanings.set(committed, meaning);
  return meaning;
}

const meanings = new WeakMap<Committed, Meaning>();

function isFirst(committed: Committed, at: number): boolean {
  const stamp = stampAt(committed, at);
  if (stamp === null) return true;
  if (committed[stamp.session - 1]?.entry.kind !== 'session' || stamp.session > at) return false;
  return committed.findIndex((_, earlier) => sameStamp(stampAt(committed, earlier), stamp)) === at;
}

function stampAt(committed: Committed, at: number) {
  const entry = committed[at]?.entry;
  return entry?.kind === 'message' ? entry.stamp : null;
}

/** The configuration that is in force by what is committed up to this index. */
export function configurationAt(committed: Committed, index: number, initial: Configuration): Configuration {
  for (let at = index - 1; at >= 0; at--) {
    const entry = committed[at]?.entry;
    if (entry?.kind === 'configuration') return entry.configuration;
  }
  return initial;
}

/** What each session is to know by then: its id, and the messages that it was delivered, by sequence number. */
export function sessionsAt(committed: Committed, index: number): { id: number; sequences: number[] }[] {
  return committed.slice(0, index).flatMap(({ entry }, at) => {
    if (entry.kind !== 'session') return [];
    const sequences = committed.slice(0, index).flatMap((_, later) => {
      const stamp = stampAt(committed, later);
      return stamp?.session === at + 1 && isFirst(committed, later) ? [stamp.sequence] : [];
    });
    return [{ id: at + 1, sequences }];
  });
}
