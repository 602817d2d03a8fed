import { present } from '../../../src/base/assert.ts';
import { latestConfiguration } from '../../../src/raft/protocol/configuration.ts';
import type { Configuration, NodeId, Stamp } from '../../../src/raft/protocol/entries.ts';
import type { Event, Step, TimerName, Transition } from '../../../src/raft/protocol/events.ts';
import type { Answer, Message, Request } from '../../../src/raft/protocol/messages.ts';
import { snapshotOf } from '../../../src/raft/protocol/snapshots.ts';
import type { Config, State } from '../../../src/raft/protocol/state.ts';
import { step as protocolStep, recover } from '../../../src/raft/protocol/step.ts';
import { ProtocolDisk } from './disk.ts';
import { perform } from './effects.ts';
import { check, Invariants } from './invariants.ts';
import { type ClusterMember, encodeState } from './member.ts';
import { type ClusterOptions, entriesOf, members, messageOf, smallConfig } from './setup.ts';

export interface Envelope {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Message;
}

/** Everything that was ever asked, and of whom. */
export interface Ask {
  readonly node: NodeId;
  readonly request: Request | 'read';
}

const heartbeatIntervalMs = 25;

/**
 * Protocol cores with nothing real between them: the test decides what is delivered, what becomes durable, what times out,
 * what time it is and who crashes. The properties of the paper are checked after every event.
 */
export class ProtocolCluster {
  readonly members = new Map<NodeId, ClusterMember>();
  readonly names: readonly NodeId[];
  readonly initial: Configuration;
  network: Envelope[] = [];
  readonly asks = new Map<number, Ask>();
  readonly answers = new Map<number, Answer>();
  /** Requests that were lost with a message, or with the node that was asked. */
  readonly unheard = new Set<number>();
  readonly invariants = new Invariants(this);
  /** Links that lose everything, as long as this says so. */
  isCut: (from: NodeId, to: NodeId) => boolean = () => false;
  nowMs = 0;
  readonly #step: Step;
  readonly config: Omit<Config, 'id' | 'initial'>;
  readonly #joining: readonly NodeId[];
  #draw: number;
  readonly #postponed: { readonly name: NodeId; readonly event: Event }[] = [];

  constructor(
    names: readonly NodeId[],
    { config = {}, joining = [], logs = {}, step = protocolStep, seed = 1 }: ClusterOptions = {},
  ) {
    this.names = [...names, ...joining];
    this.initial = members(...names);
    this.#joining = joining;
    this.config = { ...smallConfig, ...config };
    this.#step = step;
    this.#draw = seed;
    for (const name of this.names) {
      const disk = new ProtocolDisk((logs[name] ?? []).map(messageOf));
      const first = recover(this.#configOf(name), disk.recover(), 0).state;
      const idle = { held: [], delivered: [], timers: new Map(), configured: [] };
      const clock = { rate: 1, fromMs: 0, atMs: 0 };
      this.members.set(name, { state: first, disk, up: false, clock, ...idle });
      this.restart(name);
    }
  }

  member(name: NodeId): ClusterMember {
    return present(this.members.get(name), `${name} is a member`);
  }

  state(name: NodeId): State {
    return this.member(name).state;
  }

  /** Whoever leads the highest term. */
  get leader(): NodeId | null {
    const leading = this.names.filter((name) => this.member(name).up && this.state(name).role.name === 'leader');
    return leading.sort((a, b) => this.state(b).term - this.state(a).term)[0] ?? null;
  }

  clock(name: NodeId): number {
    const { rate, fromMs, atMs } = this.member(name).clock;
    return atMs + (this.nowMs - fromMs) * rate;
  }

  /** From now on its clock goes `rate` times as fast as time. */
  quicken(name: NodeId, rate: number): void {
    this.member(name).clock = { rate, fromMs: this.nowMs, atMs: this.clock(name) };
  }

  event(name: NodeId, event: Event): void {
    const member = this.member(name);
    if (!member.up) return;
    const before = member.state;
    const transition = this.#step(before, event);
    this.invariants.afterStep(name, before, transition.state);
    this.#take(name, member, transition);
    for (let next = this.#postponed.shift(); next !== undefined; next = this.#postponed.shift()) {
      this.event(next.name, next.event);
    }
  }

  timeout(name: NodeId, timer: TimerName = 'election'): void {
    this.member(name).timers.delete(timer);
    this.event(name, { type: 'timeout', timer, nowMs: this.clock(name) });
  }

  request(name: NodeId, requestId: number, request: Request): void {
    if (!this.member(name).up) return;
    this.#ask(name, requestId, request);
    this.event(name, { type: 'request', asked: [{ requestId, request }] });
  }

  broadcast(name: NodeId, requestId: number, text = `m${requestId}`, stamp: Stamp | null = null): void {
    this.request(name, requestId, { type: 'broadcast', payload: new TextEncoder().encode(text), stamp });
  }

  read(name: NodeId, requestId: number): void {
    if (!this.member(name).up) return;
    this.#ask(name, requestId, 'read');
    this.event(name, { type: 'read', requestId, nowMs: this.clock(name) });
  }

  /** Makes the oldest `count` unsynced writes durable; all of them unless told otherwise. */
  sync(name: NodeId, count = Number.POSITIVE_INFINITY): void {
    const member = this.member(name);
    const write = member.disk.sync(count);
    if (write === null) return;
    while (member.held[0] !== undefined && member.held[0].afterWrite <= write) {
      perform(this, name, member, present(member.held.shift(), 'held'));
    }
    this.event(name, { type: 'persisted', write });
  }

  /** Takes a snapshot of what was delivered; it is durable after `store`. */
  snapshot(name: NodeId): void {
    const { state, disk, delivered, up } = this.member(name);
    const snapshot = snapshotOf(state);
    if (!up || snapshot === null || snapshot.index === (state.snapshot?.index ?? 0)) return;
    this.invariants.snapshotTaken(name, snapshot);
    disk.storing.push({ snapshot, data: encodeState(name, this.nowMs, delivered), origin: 'here' });
  }

  /** Makes the oldest snapshot that is being stored durable. */
  store(name: NodeId): void {
    const stored = this.member(name).disk.store();
    if (stored === null) return;
    const { snapshot, origin } = stored;
    this.event(name, { type: 'snapshot-stored', snapshot, origin });
  }

  crash(name: NodeId, writesThatMadeIt = 0, snapshotsThatMadeIt = 0): void {
    const member = this.member(name);
    member.up = false;
    member.held = [];
    for (const [requestId, { node }] of this.asks) if (node === name) this.unheard.add(requestId);
    member.disk.crash(writesThatMadeIt, snapshotsThatMadeIt);
  }

  restart(name: NodeId): void {
    const member = this.member(name);
    member.up = true;
    member.held = [];
    member.delivered = [];
    member.timers.clear();
    this.#take(name, member, recover(this.#configOf(name), member.disk.recover(), this.clock(name)));
    this.invariants.afterStart(name, member.state);
  }

  /** Delivers one message of the network, by place. */
  deliver(place: number): void {
    const [envelope] = this.network.splice(place, 1);
    if (envelope === undefined) return;
    const { from, to, message } = envelope;
    if (this.isCut(from, to) || !this.member(to).up) {
      this.#lose(envelope);
      return;
    }
    this.event(to, { type: 'receive', from, message, nowMs: this.clock(to) });
  }

  drop(matches: (envelope: Envelope) => boolean): void {
    const dropped = this.network.filter(matches);
    for (const envelope of dropped) this.#lose(envelope);
    this.network = this.network.filter((envelope) => !dropped.includes(envelope));
  }

  /** Messages between these nodes and the others are lost from now on. */
  cutOff(...apart: readonly NodeId[]): void {
    this.isCut = (from, to) => apart.includes(from) !== apart.includes(to);
  }

  heal(): void {
    this.isCut = () => false;
  }

  /** Syncs and delivers until nothing is left to do; messages between `apart` nodes and others are lost. */
  settle(apart: readonly NodeId[] = []): void {
    for (let round = 0; round < 20_000; round++) {
      for (const name of this.names) this.#settleDisk(name);
      this.drop(({ from, to }) => apart.includes(from) !== apart.includes(to));
      if (this.network.length === 0) return;
      this.deliver(0);
    }
    throw new Error('the cluster does not settle');
  }

  /** It is later, and nothing else. */
  wait(ms: number): void {
    this.nowMs += ms;
  }

  /** Time passes, timers fire when they are due, and everything else takes no time. */
  pass(ms: number): void {
    const end = this.nowMs + ms;
    this.settle();
    for (;;) {
      const [next] = this.names
        .flatMap((name) => [...this.member(name).timers].map(([timer, { dueMs }]) => ({ name, timer, dueMs })))
        .filter(({ name, dueMs }) => this.member(name).up && dueMs <= end)
        .sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      this.nowMs = Math.max(this.nowMs, next.dueMs);
      this.timeout(next.name, next.timer);
      this.settle();
    }
    this.nowMs = end;
  }

  /** How many requests of a type were answered well. */
  done(type: Request['type'] | 'read'): number {
    const asked = [...this.asks].filter(([, { request }]) => (request === 'read' ? 'read' : request.type) === type);
    return asked.filter(([requestId]) => this.answers.get(requestId)?.ok).length;
  }

  /** What a node has delivered, as text. */
  delivered(name: NodeId): string[] {
    return this.member(name).delivered.map(({ text }) => text);
  }

  /** The log of a node as terms, e.g. [1, 1, 2]. */
  terms(name: NodeId): number[] {
    return entriesOf(this.state(name)).map((entry) => entry.term);
  }

  #ask(node: NodeId, requestId: number, request: Request | 'read'): void {
    this.asks.set(requestId, { node, request });
    this.invariants.asked(requestId, request);
  }

  /** Whoever asked for something that is lost on its way hears nothing of it. */
  #lose({ message }: Envelope): void {
    for (const requestId of requestsIn(message)) this.unheard.add(requestId);
  }

  #settleDisk(name: NodeId): void {
    const member = this.member(name);
    if (!member.up) return;
    while (member.disk.unsynced.length > 0 || member.disk.storing.length > 0) {
      this.sync(name);
      this.store(name);
    }
  }

  #configOf(id: NodeId): Config {
    return { ...this.config, id, initial: this.#joining.includes(id) ? [] : this.initial };
  }

  #take(name: NodeId, member: ClusterMember, { state, effects }: Transition): void {
    member.state = state;
    for (const effect of effects) {
      if ('afterWrite' in effect && effect.afterWrite > 0) member.held.push(effect);
      else perform(this, name, member, effect);
    }
    check(latestConfiguration(state) === member.configured, `${name} was configured otherwise`);
  }

  /** A message is on its way. */
  post(from: NodeId, to: NodeId, message: Message): void {
    this.invariants.sent(from, to, message);
    this.network.push({ from, to, message });
  }

  /** What a node is told of itself comes after the step that it came of. */
  postpone(name: NodeId, event: Event): void {
    this.#postponed.push({ name, event });
  }

  /** In time, and an election time-out drawn anew. */
  durationOf(timer: TimerName): number {
    if (timer === 'heartbeat') return heartbeatIntervalMs;
    this.#draw = (Math.imul(this.#draw, 1_664_525) + 1_013_904_223) >>> 0;
    return this.config.minElectionTimeoutMs * (1 + this.#draw / 2 ** 32);
  }
}

/** What clients asked for, or are answered, with this message. */
function requestsIn(message: Message): readonly number[] {
  if (message.kind === 'forward') return message.asked.map(({ requestId }) => requestId);
  if (message.kind === 'forward-answers') return message.answers.map(({ requestId }) => requestId);
  return message.kind === 'forward-read' || message.kind === 'read-index' ? [message.requestId] : [];
}
