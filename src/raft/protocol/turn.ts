import { assert, present } from '../../base/assert.ts';
import { changedState } from './changes.ts';
import { latestConfiguration } from './configuration.ts';
import type { Entry, NodeId } from './entries.ts';
import type { Effect } from './events.ts';
import type { Message } from './messages.ts';
import { Sequence } from './sequence.ts';
import type { LogStart, State } from './state.ts';

/**
 * One step being made: the state so far and the effects so far. The rules of the protocol are written against it; the
 * states themselves are never changed, only replaced.
 */
export class Turn {
  state: State;
  readonly effects: Effect[] = [];
  /** Monotonic, of the event; 0 of events that bring no time. */
  nowMs = 0;
  /** A leader may have something to send: at the end of the turn, so that all that came up in it goes together. */
  replicates = false;

  constructor(state: State) {
    this.state = state;
  }

  update(change: Partial<Omit<State, 'config'>>): void {
    this.state = changedState(this.state, change);
  }

  effect(effect: Effect): void {
    this.effects.push(effect);
  }

  /** Sends at once: for messages that promise nothing which is not durable yet. */
  send(to: NodeId, message: Message): void {
    this.effect({ type: 'send', to, message, afterWrite: 0 });
  }

  /** Sends once everything written so far is durable: for messages that others rely on after a crash. */
  sendWhenDurable(to: NodeId, message: Message): void {
    const { lastWrite, durableWrite } = this.state;
    this.effect({ type: 'send', to, message, afterWrite: lastWrite > durableWrite ? lastWrite : 0 });
  }

  /** Changes term and vote, durably. A new term starts without a vote (section 5.1). */
  persistTermAndVote(term: number, votedFor: NodeId | null): void {
    assert(term >= this.state.term, `terms never go back: ${this.state.term} to ${term}`);
    const isNew = term > this.state.term;
    this.update({ term, votedFor });
    this.#persist(null, null, []);
    if (isNew) this.update({ termWrite: this.state.lastWrite });
  }

  /** Drops the log from `truncateFrom` on (null: keeps it) and appends the entries, durably. */
  persistLog(truncateFrom: number | null, entries: readonly Entry[]): void {
    if (truncateFrom !== null) this.#truncate(truncateFrom);
    const first = this.state.log.last + 1;
    this.update({ log: this.state.log.append(entries) });
    this.#persist(null, truncateFrom, entries);
    const added = configurationsIn(first, entries);
    if (added.length > 0) this.useConfigurations([...this.state.configurations, ...added]);
  }

  /** The log is emptied and goes on after `start`, which a stored snapshot covers, durably. */
  restartLog(start: LogStart): void {
    this.update({ log: Sequence.of(start.index + 1), logStart: start });
    this.coveredBySnapshot(start.index);
    this.#persist(start, null, []);
  }

  /** A stored snapshot makes everything up to `index` durable. */
  coveredBySnapshot(index: number): void {
    const { durableIndex, unsynced, log } = this.state;
    const reached = (lastIndex: number) => Math.min(log.last, Math.max(lastIndex, index));
    this.update({
      durableIndex: reached(durableIndex),
      unsynced: unsynced.map((write) => ({ ...write, lastIndex: reached(write.lastIndex) })),
    });
  }

  /** Uses these configurations from now on: see `State`. */
  useConfigurations(configurations: State['configurations']): void {
    const before = latestConfiguration(this.state);
    this.update({ configurations });
    const latest = present(configurations.at(-1), 'there is always a configuration');
    if (latest.configuration !== before) this.effect({ type: 'configure', ...latest });
  }

  #truncate(truncateFrom: number): void {
    const { log, commitIndex, unsynced, durableIndex, configurations } = this.state;
    assert(truncateFrom > commitIndex, `a committed entry is never dropped: ${truncateFrom} of ${commitIndex}`);
    const kept = truncateFrom - 1;
    this.update({
      log: log.truncate(truncateFrom),
      durableIndex: Math.min(durableIndex, kept),
      unsynced: unsynced.map((write) => ({ ...write, lastIndex: Math.min(write.lastIndex, kept) })),
    });
    const left = configurations.filter(({ index }) => index <= kept);
    if (left.length < configurations.length) this.useConfigurations(left);
  }

  #persist(restartAfter: LogStart | null, truncateFrom: number | null, entries: readonly Entry[]): void {
    const { term, votedFor, log, unsynced } = this.state;
    const write = this.state.lastWrite + 1;
    this.update({ lastWrite: write, unsynced: [...unsynced, { write, lastIndex: log.last }] });
    this.effect({ type: 'persist', write: { write, term, votedFor, restartAfter, truncateFrom, entries } });
  }
}

/** The configurations among these entries, the first of which has the index `first`. */
export function configurationsIn(first: number, entries: readonly Entry[]): State['configurations'] {
  return entries.flatMap((entry, at) =>
    entry.kind === 'configuration' ? [{ index: first + at, configuration: entry.configuration }] : [],
  );
}

/** The term of an entry that is in the log or stands right before it. */
export function termAt(state: State, index: number): number {
  return index === state.logStart.index ? state.logStart.term : state.log.get(index).term;
}
