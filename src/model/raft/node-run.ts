import { AssertionError, assert, present, unreachable } from '../../base/assert.ts';
import type { Effect, Event, TimerName } from '../../raft/protocol/events.ts';
import type { Answer, Message } from '../../raft/protocol/messages.ts';
import { snapshotOf } from '../../raft/protocol/snapshots.ts';
import type { LogStart, State } from '../../raft/protocol/state.ts';
import type { Command, Reaction } from '../actors/actor.ts';
import { afterAnswering, afterDelivering, afterRestoring, afterStep } from './deliveries.ts';
import { applyWrite, dataOf, type StoredSnapshot, storeSnapshot } from './disk.ts';
import { sameEntry } from './entries.ts';
import { transferRequest } from './inputs.ts';
import { type HeldEffect, inOrder, plainOfState, type RaftLocal } from './local-state.ts';
import type { Observation } from './past.ts';
import { nodeNames, type Protocol, type RaftScope } from './scope.ts';

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
  /** It is that a snapshot of the leader is stored. */
  #fromLeader = false;
  /** What comes up in a step is told to the core after it. */
  #following: Event[] = [];

  constructor(scope: RaftScope, protocol: Protocol, state: State, local: RaftLocal) {
    this.#scope = scope;
    this.#protocol = protocol;
    this.#state = state;
    this.#local = { ...local, truncated: false, installed: false };
  }

  handle(event: Event): void {
    if (this.#local.failed !== null) return;
    const before = this.#state;
    this.#answeredAfar = event.type === 'receive' && event.message.kind === 'forward-answers';
    this.#fromLeader = event.type === 'snapshot-stored' && event.origin === 'leader';
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
    const next = this.#following.shift();
    if (next !== undefined) this.handle(next);
  }

  perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if ('afterWrite' in effect && effect.afterWrite > 0) this.#hold(effect);
      else this.#performNow(effect);
    }
  }

  /** The disk has synced the first `count` writes: effects that waited for them happen, then the core is told. */
  sync(count: number): void {
    const { writes, held, disk } = this.#local;
    const last = present(writes[count - 1], 'there are so many writes').write;
    const due = held.filter(({ afterWrite }) => afterWrite <= last);
    this.#local = {
      ...this.#local,
      disk: writes.slice(0, count).reduce(applyWrite, disk),
      writes: writes.slice(count),
      held: held.slice(due.length),
    };
    for (const effect of due) this.#performNow(effect);
    this.handle({ type: 'persisted', write: last });
  }

  /** The disk has stored the first of the snapshots that it has been given. */
  storeSnapshot(): void {
    const [first, ...snapshotWrites] = this.#local.snapshotWrites;
    const { snapshot, data, origin } = present(first, 'there is a snapshot to store');
    this.#local = { ...this.#local, disk: storeSnapshot(this.#local.disk, { snapshot, data }), snapshotWrites };
    this.handle({ type: 'snapshot-stored', snapshot, origin });
  }

  /** The disk does all that it has been given. */
  settleDisk(): void {
    while (this.#local.failed === null) {
      if (this.#local.writes.length > 0) this.sync(this.#local.writes.length);
      else if (this.#local.snapshotWrites.length > 0) this.storeSnapshot();
      else return;
    }
  }

  /** Of what has been delivered so far; whether there is anything to take one of. */
  takeSnapshot(): boolean {
    const snapshot = snapshotOf(this.#state);
    if (snapshot === null) return false;
    const write = { snapshot, data: dataOf(this.#local.delivered), origin: 'here' } as const;
    this.#local = { ...this.#local, snapshotWrites: [...this.#local.snapshotWrites, write] };
    return true;
  }

  /** A client asks for it here. */
  transferTo(to: string): void {
    this.#local = { ...this.#local, transfers: this.#local.transfers + 1 };
    const request = { type: 'transfer-leadership', to } as const;
    this.handle({ type: 'request', asked: [{ requestId: transferRequest, request }] });
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
        this.#send(effect.to, effect.message);
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
      case 'restore':
        this.#local = {
          ...this.#local,
          ...afterRestoring(this.#local, effect.snapshot, this.#stored(effect.snapshot)),
          installed: this.#fromLeader,
        };
        return;
      case 'send-snapshot':
        this.#sendSnapshot(effect);
        return;
      case 'store-snapshot':
        this.#receivePiece(effect);
        return;
      case 'configure':
        // Whom a node is connected to is the transport's: here a message finds everybody.
        return;
      default:
        unreachable(effect);
    }
  }

  #send(to: string, message: Message): void {
    const id = nodeNames(this.#scope.nodes).indexOf(to);
    assert(id >= 0, () => `the message is for a node of the scope: ${to}`);
    this.#commands.push({ type: 'send', to: id, message });
  }

  #answer(requestId: number, answer: Answer): void {
    if (!this.#answeredAfar) this.#local = { ...this.#local, ...afterAnswering(this.#local, answer) };
    if (answer.ok) {
      const { index, position } = answer;
      this.observations.push({ type: 'answered', requestId, index, position });
    } else if (answer.definite) {
      this.observations.push({ type: 'refused', requestId });
    }
  }

  /** Storage has read it at once: that takes no other time than the message on its way. */
  #sendSnapshot({ to, term, snapshot, offset, round }: Effect & { type: 'send-snapshot' }): void {
    const stored = this.#local.disk.snapshots.find((kept) => kept.snapshot.index === snapshot.index);
    if (stored === undefined) {
      this.#following.push({ type: 'snapshot-gone', to });
      return;
    }
    const data = stored.data.slice(offset, offset + this.#state.config.chunkBytes);
    const last = offset + data.length >= stored.data.length;
    this.#send(to, { kind: 'install-snapshot', term, snapshot, offset, data, last, round });
  }

  #receivePiece({ snapshot, offset, data, last }: Effect & { type: 'store-snapshot' }): void {
    const before = offset === 0 ? [] : (this.#local.receiving?.data ?? []);
    const received: StoredSnapshot = { snapshot, data: Uint8Array.of(...before, ...data) };
    if (!last) {
      this.#local = { ...this.#local, receiving: received };
      return;
    }
    const snapshotWrites = [...this.#local.snapshotWrites, { ...received, origin: 'leader' as const }];
    this.#local = { ...this.#local, receiving: null, snapshotWrites };
  }

  /** A mutant may restore what is not stored yet. */
  #stored({ index, term }: LogStart): StoredSnapshot | null {
    const { disk, snapshotWrites } = this.#local;
    const all = [...disk.snapshots, ...snapshotWrites];
    return all.find(({ snapshot }) => snapshot.index === index && snapshot.term === term) ?? null;
  }

  #hold(effect: HeldEffect): void {
    const last = this.#local.held.at(-1);
    assert(last === undefined || last.afterWrite <= effect.afterWrite, 'effects wait in the order of their writes');
    this.#local = { ...this.#local, held: [...this.#local.held, effect] };
  }

  #observe(before: State, after: State): void {
    const { term, commitIndex, log, logStart } = after;
    if (after.role.name === 'leader') {
      if (before.role.name !== 'leader') this.observations.push({ type: 'leads', term });
      else if (!isPrefix(before, after)) this.observations.push({ type: 'rewrote-log', term });
    }
    // What a snapshot brings has been committed by another.
    const from = Math.max(before.commitIndex, logStart.index) + 1;
    if (commitIndex >= from) {
      this.observations.push({ type: 'commits', from, entries: log.slice(from, commitIndex), term });
    }
  }

  /**
   * Elections and heartbeats end where the scope says so. A leader's election time-out is a look at its quorum, or the end of
   * its patience with an heir; that it loses patience with learners is not worth the states without those. And whoever asks
   * for prevotes does not ask again before it has been something else: that could go on for ever without a new term.
   */
  #boundTimers(): void {
    const { maxTerm, heartbeats, checkQuorum, transfers } = this.#scope;
    const leads = this.#state.role.name === 'leader';
    if (!leads) this.#local = { ...this.#local, transfers: 0 };
    const hasAsked = this.#state.role.name === 'pre-candidate';
    const looks = checkQuorum || transfers > 0;
    if (hasAsked || (leads ? !looks : this.#state.term >= maxTerm)) this.#commands.push(cancelled('election'));
    if (heartbeats === Number.POSITIVE_INFINITY) return;
    const sent = leads ? this.#local.heartbeats + (this.#fired === 'heartbeat' ? 1 : 0) : 0;
    this.#local = { ...this.#local, heartbeats: sent };
    if (sent >= heartbeats) this.#commands.push(cancelled('heartbeat'));
  }
}

export const timerNames = ['election', 'heartbeat'] as const satisfies readonly TimerName[];

function cancelled(timer: TimerName): Command<Message> {
  return { type: 'cancel-timer', timer };
}

/** As far as the logs go back. */
function isPrefix({ log }: State, { log: of, logStart }: State): boolean {
  if (log.last > of.last) return false;
  const from = Math.max(log.first, logStart.index + 1);
  return log.slice(from, log.last).every((entry, at) => sameEntry(entry, of.get(from + at)));
}
