import { assert } from '../../base/assert.ts';
import { changedState } from './changes.ts';
import type { Effect, Entry, Message, NodeId, State } from './types.ts';

/**
 * One step being made: the state so far and the effects so far. The rules of the protocol are written against it; the
 * states themselves are never changed, only replaced.
 */
export class Turn {
  state: State;
  readonly effects: Effect[] = [];

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
    this.update({ term, votedFor });
    this.#persist(null, []);
  }

  /** Drops the log from `truncateFrom` on (null: keeps it) and appends the entries, durably. */
  persistLog(truncateFrom: number | null, entries: readonly Entry[]): void {
    const { log, commitIndex, unsynced, durableIndex } = this.state;
    if (truncateFrom !== null) {
      assert(truncateFrom > commitIndex, `a committed entry is never dropped: ${truncateFrom} of ${commitIndex}`);
      const kept = truncateFrom - 1;
      this.update({
        log: log.truncate(truncateFrom),
        durableIndex: Math.min(durableIndex, kept),
        unsynced: unsynced.map((write) => ({ ...write, lastIndex: Math.min(write.lastIndex, kept) })),
      });
    }
    this.update({ log: this.state.log.append(entries) });
    this.#persist(truncateFrom, entries);
  }

  #persist(truncateFrom: number | null, entries: readonly Entry[]): void {
    const { term, votedFor, log, unsynced } = this.state;
    const write = this.state.lastWrite + 1;
    this.update({ lastWrite: write, unsynced: [...unsynced, { write, lastIndex: log.last }] });
    this.effect({ type: 'persist', write: { write, term, votedFor, truncateFrom, entries } });
  }
}

export function termAt(state: State, index: number): number {
  return index === 0 ? 0 : state.log.get(index).term;
}

export function lastPosition(state: State): number {
  return state.log.length === 0 ? 0 : state.log.get(state.log.last).position;
}

export function others(state: State): NodeId[] {
  return state.config.members.filter((member) => member !== state.config.id);
}

/** How many members make a majority. */
export function quorum(state: State): number {
  return Math.floor(state.config.members.length / 2) + 1;
}
