import { AssertionError, assert, present, unreachable } from '../../base/assert.ts';
import type { Sequence } from '../../raft/protocol/sequence.ts';
import type { Answer, Effect, Entry, Event, Message, State, TimerName } from '../../raft/protocol/types.ts';
import type { Command, Reaction } from '../actors/actor.ts';
import { afterAnswering, afterDelivering, afterStep } from './deliveries.ts';
import { sameEntry } from './entries.ts';
import { applyWrite, type HeldEffect, inOrder, plainOfState, type RaftLocal } from './local-state.ts';
import type { Observation } from './past.ts';
import type { Protocol, RaftScope } from './scope.ts';

/** What happens at once when one event comes to a node: the core's steps, and those of their effects that wait for nothing. */
export class Run {
  readonly observations: Observation[] = [];
  readonly #scope: RaftScope;
  readonly #protocol: Protocol;
  readonly #commands: Command<Message>[] = [];
  #state: State;
  #local: RaftLocal;
  #fired: TimerName | null = null;
  /** The event is an answer from the leader, who has delivered what it tells of: this node may not have, yet. */
  #answeredAfar = false;

  constructor(scope: RaftScope, protocol: Protocol, state: State, local: RaftLocal) {
    this.#scope = scope;
    this.#protocol = protocol;
    this.#state = state;
    this.#local = { ...local, truncated: false };
  }

  get writes(): number {
    return this.#local.writes.length;
  }

  handle(event: Event): void {
    if (this.#local.failed !== null) return;
    const before = this.#state;
    this.#answeredAfar = event.type === 'receive' && event.message.kind === 'forward-answer';
    try {
      const { state, effects } = this.#protocol.step(before, event);
      this.#state = state;
      this.#observe(before, state);
      if (event.type === 'timeout') this.#fired = event.timer;
      this.perform(effects);
    } catch (thrown) {
      // As the driver has it: a broken invariant stops the node.
      if (!(thrown instanceof AssertionError)) throw thrown;
      this.#local = { ...this.#local, failed: thrown.message };
    }
  }

  perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if ('afterWrite' in effect && effect.afterWrite > 0) this.#hold(effect);
      else this.#performNow(effect);
    }
  }

  /** The disk has synced the first `count` writes: effects that waited for them happen, then the core is told. */
  sync(count: number): void {
    const { writes, held, durable } = this.#local;
    const last = present(writes[count - 1], 'there are so many writes').write;
    const due = held.filter(({ afterWrite }) => afterWrite <= last);
    this.#local = {
      ...this.#local,
      durable: writes.slice(0, count).reduce(applyWrite, durable),
      writes: writes.slice(count),
      held: held.slice(due.length),
    };
    for (const effect of due) this.#performNow(effect);
    this.handle({ type: 'persisted', write: last });
  }

  finish(): Reaction<RaftLocal, Message> {
    if (this.#local.failed !== null) return { local: this.#local, commands: timerNames.map(cancelled) };
    this.#boundTimers();
    const { durableWrite } = this.#state;
    const commands = [...this.#commands];
    // Without properties that ask for the past, it is not told.
    if (this.#scope.compat === null) {
      for (const observation of this.observations) commands.push({ type: 'observe', observation });
    }
    const local: RaftLocal = {
      ...this.#local,
      ...afterStep(this.#local, this.#state),
      state: plainOfState(this.#state),
      writes: this.#local.writes.map((write, at) => ({ ...write, write: at + 1 })),
      held: inOrder(this.#local.held).map((effect) => ({ ...effect, afterWrite: effect.afterWrite - durableWrite })),
    };
    return { local, commands };
  }

  #performNow(effect: Effect): void {
    switch (effect.type) {
      case 'persist':
        this.#local = {
          ...this.#local,
          writes: [...this.#local.writes, effect.write],
          truncated: this.#local.truncated || effect.write.truncateFrom !== null,
        };
        return;
      case 'send':
        this.#commands.push({
          type: 'send',
          to: this.#state.config.members.indexOf(effect.to),
          message: effect.message,
        });
        return;
      case 'answer':
        this.#answer(effect.requestId, effect.answer);
        return;
      case 'set-timer':
        // See `raftLite` of scope.ts.
        if (this.#scope.compat === null || effect.timer !== this.#fired) this.#commands.push(effect);
        return;
      case 'cancel-timer':
        this.#commands.push(effect);
        return;
      case 'deliver':
        this.#local = { ...this.#local, ...afterDelivering(this.#local, effect.deliveries, this.#state) };
        return;
      default:
        unreachable(effect);
    }
  }

  #answer(requestId: number, answer: Answer): void {
    if (!this.#answeredAfar) this.#local = { ...this.#local, ...afterAnswering(this.#local, answer) };
    if (answer.ok) this.observations.push({ type: 'answered', requestId, position: answer.position });
    else if (answer.definite) this.observations.push({ type: 'refused', requestId });
  }

  #hold(effect: HeldEffect): void {
    const last = this.#local.held.at(-1);
    assert(last === undefined || last.afterWrite <= effect.afterWrite, 'effects wait in the order of their writes');
    this.#local = { ...this.#local, held: [...this.#local.held, effect] };
  }

  #observe(before: State, after: State): void {
    const { term, commitIndex, log } = after;
    if (after.role.name === 'leader') {
      if (before.role.name !== 'leader') this.observations.push({ type: 'leads', term });
      else if (!isPrefix(before.log, log)) this.observations.push({ type: 'rewrote-log', term });
    }
    if (commitIndex > before.commitIndex) {
      const entries = log.slice(before.commitIndex + 1, commitIndex);
      this.observations.push({ type: 'commits', from: before.commitIndex + 1, entries, term });
    }
  }

  /** Elections and heartbeats end where the scope says so. */
  #boundTimers(): void {
    const { maxTerm, heartbeats } = this.#scope;
    if (this.#state.term >= maxTerm) this.#commands.push(cancelled('election'));
    if (heartbeats === Number.POSITIVE_INFINITY) return;
    const leads = this.#state.role.name === 'leader';
    const sent = leads ? this.#local.heartbeats + (this.#fired === 'heartbeat' ? 1 : 0) : 0;
    this.#local = { ...this.#local, heartbeats: sent };
    if (sent >= heartbeats) this.#commands.push(cancelled('heartbeat'));
  }
}

export const timerNames = ['election', 'heartbeat'] as const satisfies readonly TimerName[];

function cancelled(timer: TimerName): Command<Message> {
  return { type: 'cancel-timer', timer };
}

function isPrefix(log: Sequence<Entry>, of: Sequence<Entry>): boolean {
  if (log.last > of.last) return false;
  return log.slice(1, log.last).every((entry, at) => sameEntry(entry, of.get(at + 1)));
}
