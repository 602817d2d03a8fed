import { present, unreachable } from '../../../src/base/assert.ts';
import { latestConfiguration } from '../../../src/raft/protocol/configuration.ts';
import { snapshotOf } from '../../../src/raft/protocol/snapshots.ts';
import { step as protocolStep, recover } from '../../../src/raft/protocol/step.ts';
import type {
  Answer,
  Config,
  Configuration,
  Effect,
  Entry,
  Event,
  Message,
  NodeId,
  Request,
  Stamp,
  Standing,
  State,
  Step,
  TimerName,
  Transition,
} from '../../../src/raft/protocol/types.ts';
import { ProtocolDisk } from './disk.ts';
import { check, Invariants } from './invariants.ts';

export interface Envelope {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Message;
}

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

/** Everything that was ever asked, and of whom. */
export interface Ask {
  readonly node: NodeId;
  readonly request: Request | 'read';
}

export interface ClusterOptions {
  readonly config?: Partial<Config>;
  /** These start without knowing any member. */
  readonly joining?: readonly NodeId[];
  /** What is in a member's log as it starts, as the terms of its entries: they are messages like `3.2`, the third, of term 2. */
  readonly logs?: Readonly<Record<NodeId, readonly number[]>>;
  readonly step?: Step;
  readonly seed?: number;
}

/** Small, so that everything has to be done in several pieces. */
const smallConfig = {
  maxEntriesPerMessage: 4,
  maxBytesPerMessage: 1000,
  maxInflightMessages: 3,
  chunkBytes: 25,
  keptEntries: 0,
  maxSessions: 3,
  preVote: false,
  checkQuorum: false,
  minElectionTimeoutMs: 100,
  leaseMs: null,
};

/** How cautious a cluster may be. */
export const cautious: Partial<Config> = { preVote: true, checkQuorum: true };

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
  readonly #config: Omit<Config, 'id' | 'initial'>;
  readonly #joining: readonly NodeId[];
  #draw: number;
  readonly #gone: { readonly name: NodeId; readonly to: NodeId }[] = [];

  constructor(
    names: readonly NodeId[],
    { config = {}, joining = [], logs = {}, step = protocolStep, seed = 1 }: ClusterOptions = {},
  ) {
    this.names = [...names, ...joining];
    this.initial = members(...names);
    this.#joining = joining;
    this.#config = { ...smallConfig, ...config };
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
    for (let gone = this.#gone.shift(); gone !== undefined; gone = this.#gone.shift()) {
      this.event(gone.name, { type: 'snapshot-gone', to: gone.to });
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
      this.#performNow(name, member, present(member.held.shift(), 'held'));
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
    if (message.kind === 'forward') for (const { requestId } of message.asked) this.unheard.add(requestId);
    if (message.kind === 'forward-answers') for (const { requestId } of message.answers) this.unheard.add(requestId);
    if (message.kind === 'forward-read' || message.kind === 'read-index') this.unheard.add(message.requestId);
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
    return { ...this.#config, id, initial: this.#joining.includes(id) ? [] : this.initial };
  }

  #take(name: NodeId, member: ClusterMember, { state, effects }: Transition): void {
    member.state = state;
    for (const effect of effects) {
      if ('afterWrite' in effect && effect.afterWrite > 0) member.held.push(effect);
      else this.#performNow(name, member, effect);
    }
    check(latestConfiguration(state) === member.configured, `${name} was configured otherwise`);
  }

  #performNow(name: NodeId, member: ClusterMember, effect: Effect): void {
    switch (effect.type) {
      case 'persist':
        member.disk.unsynced.push(effect.write);
        return;
      case 'send':
        this.invariants.sent(name, effect.to, effect.message);
        this.network.push({ from: name, to: effect.to, message: effect.message });
        return;
      case 'answer':
        this.invariants.answered(name, effect.requestId, effect.answer);
        return;
      case 'deliver':
        for (const { position, index, payload } of effect.deliveries) {
          const text = new TextDecoder().decode(payload);
          this.invariants.delivered(name, member.delivered.length, { index, position, text });
          member.delivered.push({ position, text });
        }
        return;
      case 'restore':
        member.delivered = decodeState(present(member.disk.find(effect.snapshot.index), 'it is stored').data);
        this.invariants.restored(name, effect.snapshot, member.delivered);
        return;
      case 'send-snapshot':
        this.#sendSnapshot(name, member, effect);
        return;
      case 'store-snapshot':
        member.disk.receive(effect);
        return;
      case 'configure':
        member.configured = effect.configuration;
        return;
      case 'set-timer':
        member.timers.set(effect.timer, { setMs: this.clock(name), dueMs: this.nowMs + this.#duration(effect.timer) });
        return;
      case 'cancel-timer':
        member.timers.delete(effect.timer);
        return;
      default:
        unreachable(effect);
    }
  }

  #sendSnapshot(name: NodeId, { disk }: ClusterMember, effect: Effect & { readonly type: 'send-snapshot' }): void {
    const { to, term, snapshot, offset, round } = effect;
    const piece = disk.read(snapshot.index, offset, this.#config.chunkBytes);
    if (piece === null) this.#gone.push({ name, to });
    else
      this.network.push({
        from: name,
        to,
        message: { kind: 'install-snapshot', term, snapshot, offset, ...piece, round },
      });
  }

  #duration(timer: TimerName): number {
    if (timer === 'heartbeat') return heartbeatIntervalMs;
    this.#draw = (Math.imul(this.#draw, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#config.minElectionTimeoutMs * (1 + this.#draw / 2 ** 32);
  }
}

export function entriesOf(state: State): Entry[] {
  return state.log.slice(state.log.first, state.log.last);
}

function messageOf(term: number, at: number): Entry {
  return { kind: 'message', term, payload: new TextEncoder().encode(`${at + 1}.${term}`), stamp: null };
}

/** A configuration of voters, and of others where told: `members('a', 'b', ['c', 'learner'])`. */
export function members(...listed: readonly (NodeId | readonly [NodeId, Standing])[]): Configuration {
  return listed
    .map((one) => (typeof one === 'string' ? ([one, 'voter'] as const) : one))
    .map(([id, standing]) => ({ id, address: `${id}:1`, standing }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Every part says who took the snapshot and when: pieces of different snapshots must not be put together. */
function encodeState(by: NodeId, nowMs: number, delivered: readonly DeliveredText[]): Uint8Array {
  const parts = delivered.map(({ position, text }) => `${by}@${nowMs}|${position}|${text}`);
  return new TextEncoder().encode(parts.join('\n'));
}

function decodeState(data: Uint8Array): DeliveredText[] {
  const lines = new TextDecoder().decode(data).split('\n');
  const parts = lines.filter((line) => line !== '').map((line) => line.split('|'));
  if (new Set(parts.map(([by]) => by)).size > 1) throw new Error(`a snapshot of several: ${lines.join(' ')}`);
  return parts.map(([, position, text = '']) => ({ position: Number(position), text }));
}
