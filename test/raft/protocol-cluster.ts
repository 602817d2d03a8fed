import { present } from '../../src/base/assert.ts';
import { step as protocolStep, recover } from '../../src/raft/protocol/step.ts';
import type {
  Answer,
  Delivery,
  DurableState,
  Effect,
  Entry,
  Event,
  Message,
  State,
  Step,
  Write,
} from '../../src/raft/protocol/types.ts';

export interface Envelope {
  readonly from: string;
  readonly to: string;
  readonly message: Message;
}

interface Member {
  state: State;
  durable: DurableState;
  unsynced: Write[];
  held: (Effect & { afterWrite: number })[];
  delivered: Delivery[];
  up: boolean;
}

/**
 * Protocol cores with nothing real between them: the test decides what is delivered, what becomes durable, what times out
 * and who crashes. A crash loses the writes that are not synced and the effects that wait for them.
 */
export class ProtocolCluster {
  readonly members = new Map<string, Member>();
  network: Envelope[] = [];
  readonly answers = new Map<number, Answer>();
  readonly leaders = new Map<number, string>();
  readonly #step: Step;
  readonly #names: readonly string[];

  constructor(names: readonly string[], step: Step = protocolStep) {
    this.#names = names;
    this.#step = step;
    for (const name of names) this.#boot(name, { term: 0, votedFor: null, entries: [] });
  }

  member(name: string): Member {
    return present(this.members.get(name), `${name} is a member`);
  }

  event(name: string, event: Event): void {
    const member = this.member(name);
    if (!member.up) return;
    const { state, effects } = this.#step(member.state, event);
    member.state = state;
    this.#watchElectionSafety(name, state);
    for (const effect of effects) this.#perform(name, member, effect);
  }

  timeout(name: string, timer: 'election' | 'heartbeat' = 'election'): void {
    this.event(name, { type: 'timeout', timer });
  }

  broadcast(name: string, requestId: number, text = `m${requestId}`): void {
    this.event(name, { type: 'broadcast', requestId, payload: new TextEncoder().encode(text) });
  }

  read(name: string, requestId: number): void {
    this.event(name, { type: 'read', requestId });
  }

  /** Makes the oldest `count` unsynced writes durable; all of them unless told otherwise. */
  sync(name: string, count = Number.POSITIVE_INFINITY): void {
    const member = this.member(name);
    const synced = member.unsynced.splice(0, count);
    const last = synced.at(-1);
    if (last === undefined) return;
    for (const write of synced) member.durable = applyWrite(member.durable, write);
    while (member.held[0] !== undefined && member.held[0].afterWrite <= last.write) {
      this.#performNow(name, member, present(member.held.shift(), 'held'));
    }
    this.event(name, { type: 'persisted', write: last.write });
  }

  crash(name: string): void {
    const member = this.member(name);
    member.up = false;
    member.unsynced = [];
    member.held = [];
  }

  restart(name: string): void {
    this.#boot(name, this.member(name).durable);
  }

  /** Delivers one message of the network, by place. */
  deliver(place: number): void {
    const [envelope] = this.network.splice(place, 1);
    if (envelope !== undefined)
      this.event(envelope.to, { type: 'receive', from: envelope.from, message: envelope.message });
  }

  drop(matches: (envelope: Envelope) => boolean): void {
    this.network = this.network.filter((envelope) => !matches(envelope));
  }

  /** Syncs and delivers until nothing is left to do; messages between `apart` nodes are lost. */
  settle(apart: readonly string[] = []): void {
    for (let round = 0; round < 10_000; round++) {
      for (const name of this.#names) this.sync(name);
      this.drop(({ from, to }) => apart.includes(from) !== apart.includes(to));
      if (this.network.length === 0) return;
      this.deliver(0);
    }
    throw new Error('the cluster does not settle');
  }

  /** What a node has delivered, as text. */
  delivered(name: string): string[] {
    return this.member(name).delivered.map(({ payload }) => new TextDecoder().decode(payload));
  }

  /** The log of a node as terms, e.g. [1, 1, 2]. */
  terms(name: string): number[] {
    return entriesOf(this.member(name).state).map((entry) => entry.term);
  }

  #boot(name: string, durable: DurableState): void {
    const config = {
      id: name,
      members: this.#names,
      maxEntriesPerMessage: 4,
      maxBytesPerMessage: 1000,
      maxInflightMessages: 3,
    };
    const { state } = recover(config, durable);
    this.members.set(name, { state, durable, unsynced: [], held: [], delivered: [], up: true });
  }

  #perform(name: string, member: Member, effect: Effect): void {
    if ('afterWrite' in effect && effect.afterWrite > 0) member.held.push(effect);
    else this.#performNow(name, member, effect);
  }

  #performNow(name: string, member: Member, effect: Effect): void {
    if (effect.type === 'persist') member.unsynced.push(effect.write);
    if (effect.type === 'send') this.network.push({ from: name, to: effect.to, message: effect.message });
    if (effect.type === 'answer') this.answers.set(effect.requestId, effect.answer);
    if (effect.type === 'deliver') member.delivered.push(...effect.deliveries);
  }

  #watchElectionSafety(name: string, state: State): void {
    if (state.role.name !== 'leader') return;
    const known = this.leaders.get(state.term);
    if (known !== undefined && known !== name)
      throw new Error(`term ${state.term} has the leaders ${known} and ${name}`);
    this.leaders.set(state.term, name);
  }
}

export function entriesOf(state: State): Entry[] {
  return state.log.slice(state.log.first, state.log.last);
}

function applyWrite(durable: DurableState, write: Write): DurableState {
  const kept = write.truncateFrom === null ? durable.entries : durable.entries.slice(0, write.truncateFrom - 1);
  return { term: write.term, votedFor: write.votedFor, entries: [...kept, ...write.entries] };
}
