import fc from 'fast-check';
import { configurationCommitted, isJoint, latestConfiguration } from '../../../src/raft/protocol/configuration.ts';
import type { Configuration, NodeId, Stamp, Standing } from '../../../src/raft/protocol/entries.ts';
import type { Step } from '../../../src/raft/protocol/events.ts';
import type { Config } from '../../../src/raft/protocol/state.ts';
import { ProtocolCluster } from './cluster.ts';
import { check } from './invariants.ts';
import { members } from './setup.ts';

/** What may happen, and how often of a hundred or so. */
const frequencies = {
  deliver: 20,
  flow: 20,
  sync: 8,
  store: 5,
  drop: 4,
  heartbeat: 8,
  election: 2,
  rivals: 1,
  wait: 4,
  broadcast: 8,
  session: 1,
  stamped: 5,
  read: 5,
  snapshot: 4,
  compact: 3,
  crash: 3,
  stop: 1,
  start: 3,
  change: 2,
  transfer: 1,
  cut: 2,
  heal: 3,
};

type Deed = keyof typeof frequencies;

/** One thing that happens; `pick` says to whom and how. */
export interface Happening {
  readonly do: Deed;
  readonly pick: number;
}

const happening: fc.Arbitrary<Happening> = fc.record({
  do: fc.oneof(
    ...Object.entries(frequencies).map(([deed, weight]) => ({ weight, arbitrary: fc.constant(deed as Deed) })),
  ),
  pick: fc.nat(10_000),
});

export interface Schedule {
  readonly config: Partial<Config>;
  readonly happenings: readonly Happening[];
}

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  config: fc.record({
    preVote: fc.boolean(),
    checkQuorum: fc.boolean(),
    keptEntries: fc.constantFrom(0, 3),
    keptForFollowers: fc.constantFrom(0, 6),
    keptBytes: fc.constantFrom(3, 1_000_000),
    maxSessions: fc.constantFrom(1, 3),
  }),
  happenings: fc.array(happening, { minLength: 30, maxLength: 400, size: 'max' }),
});

/** A client of sessions: it sends again what it has no answer for, of whichever node. */
class SessionClient {
  readonly #cluster: ProtocolCluster;
  readonly #opening: number[] = [];
  #session: number | null = null;
  #sent: { readonly sequence: number; readonly requestIds: number[] }[] = [];
  #last = 0;

  constructor(cluster: ProtocolCluster) {
    this.#cluster = cluster;
  }

  open(name: NodeId, requestId: number): void {
    this.#opening.push(requestId);
    this.#cluster.request(name, requestId, { type: 'open-session' });
  }

  send(name: NodeId, requestId: number, pick: number): void {
    this.#useNewest();
    if (this.#session === null) return;
    const retried = pick % 2 === 0 ? this.#sent[(pick >> 1) % Math.max(1, this.#sent.length)] : undefined;
    const sent = retried ?? { sequence: ++this.#last, requestIds: [] };
    if (retried === undefined) this.#sent.push(sent);
    sent.requestIds.push(requestId);
    const stamp: Stamp = { session: this.#session, sequence: sent.sequence, acknowledged: this.#acknowledged() };
    this.#cluster.broadcast(name, requestId, `s${stamp.session}.${stamp.sequence}`, stamp);
  }

  #useNewest(): void {
    for (const requestId of this.#opening.splice(0)) {
      const answer = this.#cluster.answers.get(requestId);
      if (answer === undefined) this.#opening.push(requestId);
      else if (answer.ok) [this.#session, this.#sent, this.#last] = [answer.index, [], 0];
    }
  }

  /** Up to where all messages have been answered; now and then it still sends one of them again. */
  #acknowledged(): number {
    const open = this.#sent.find(({ requestIds }) => !requestIds.some((id) => this.#cluster.answers.get(id)?.ok));
    return (open?.sequence ?? this.#last + 1) - 1;
  }
}

/** Plays what is drawn on three members of a cluster, and two who may join. */
export class Player {
  readonly cluster: ProtocolCluster;
  readonly #client: SessionClient;
  readonly #config: Partial<Config>;
  #request = 0;

  constructor(config: Partial<Config>, step?: Step) {
    this.#config = config;
    this.cluster = new ProtocolCluster(['a', 'b', 'c'], { config, joining: ['d', 'e'], ...(step && { step }) });
    this.#client = new SessionClient(this.cluster);
    this.cluster.timeout('a');
    this.#flow(40);
  }

  play({ do: deed, pick }: Happening): void {
    this.#deeds[deed](this.#name(pick), Math.floor(pick / 5));
  }

  readonly #deeds: Record<Deed, (name: NodeId, pick: number) => void> = {
    deliver: (_, pick) => this.cluster.deliver(this.#place(pick)),
    flow: (_, pick) => this.#flow(2 + (pick % 40)),
    sync: (name, pick) => this.cluster.sync(name, 1 + (pick % 3)),
    store: (name) => this.cluster.store(name),
    drop: (_, pick) => {
      const dropped = this.cluster.network[this.#place(pick)];
      this.cluster.drop((envelope) => envelope === dropped);
    },
    heartbeat: (name) => this.#fire(name, 'heartbeat'),
    election: (name) => this.#fire(name, 'election'),
    rivals: (name, pick) => {
      this.#fire(name, 'election');
      this.#fire(this.#name(pick), 'election');
    },
    wait: (_, pick) => {
      this.cluster.nowMs += pick % 80;
    },
    broadcast: (name, pick) => this.cluster.broadcast(this.#knowing(name, pick), ++this.#request),
    session: (name) => this.#client.open(this.#knowing(name, 0), ++this.#request),
    stamped: (name, pick) => this.#client.send(this.#knowing(name, pick), ++this.#request, pick),
    read: (name) => this.cluster.read(name, ++this.#request),
    snapshot: (name) => this.cluster.snapshot(name),
    compact: () => {
      const name = this.cluster.leader ?? 'a';
      this.cluster.snapshot(name);
      this.cluster.store(name);
    },
    crash: (name, pick) => {
      // Nothing comes of it where all is durable.
      const writing = this.cluster.names.filter((one) => this.cluster.member(one).disk.unsynced.length > 0);
      const crashed = writing[pick % Math.max(1, writing.length)] ?? name;
      this.cluster.crash(crashed, pick % 3, pick % 2);
      this.cluster.restart(crashed);
    },
    stop: (name, pick) => this.cluster.crash(name, pick % 3, pick % 2),
    start: () => this.#startAll(),
    change: (name, pick) => this.#change(this.#knowing(name, pick), pick),
    transfer: (name, pick) => {
      const to = this.#name(pick);
      this.cluster.request(this.#knowing(name, pick), ++this.#request, { type: 'transfer-leadership', to });
    },
    cut: (_, pick) => this.#cut(pick),
    heal: () => this.cluster.heal(),
  };

  /** Everything works again: within some elections there is a leader, all members agree, and no request is left unanswered. */
  demandLiveness(): void {
    const { cluster } = this;
    cluster.heal();
    this.#startAll();
    cluster.pass(1000);
    this.#stopWhoMayDisturb();
    cluster.pass(1000);
    const leader = this.#awaitLeader();
    const state = cluster.state(leader);
    const configuration = latestConfiguration(state);
    check(!isJoint(configuration) && configurationCommitted(state), 'a change goes on and on');
    this.#demandAnswers(configuration);
    const requests = configuration.map(({ id }) => {
      cluster.broadcast(id, ++this.#request);
      return this.#request;
    });
    cluster.pass(500);
    for (const request of requests) check(cluster.answers.get(request)?.ok === true, `${request} is not done`);
    for (const { id } of configuration) {
      const { commitIndex } = cluster.state(id);
      check(commitIndex === cluster.state(leader).commitIndex, `${id} is at ${commitIndex}`);
    }
  }

  #demandAnswers(configuration: Configuration): void {
    const { cluster } = this;
    for (const [requestId, { node, request }] of cluster.asks) {
      // Who is no member any more does not hear how far the others are.
      const isLeftOut = request === 'read' && !configuration.some(({ id }) => id === node);
      const isHeard = cluster.answers.has(requestId) || cluster.unheard.has(requestId) || isLeftOut;
      check(isHeard, `${node} does not answer ${requestId}: ${JSON.stringify(request)}`);
    }
  }

  #awaitLeader(): NodeId {
    for (let elections = 0; elections < 20; elections++) {
      if (this.cluster.leader !== null) return this.cluster.leader;
      this.cluster.pass(50);
    }
    throw new Error('there is no leader');
  }

  /** Whoever was left out of the cluster may time out for ever, where nodes vote while they hear from a leader. */
  #stopWhoMayDisturb(): void {
    const { cluster } = this;
    if (this.#config.checkQuorum) return;
    const configuration = latestConfiguration(cluster.state(this.#awaitLeader()));
    for (const name of cluster.names) if (!configuration.some(({ id }) => id === name)) cluster.crash(name);
  }

  #startAll(): void {
    for (const name of this.cluster.names) if (!this.cluster.member(name).up) this.cluster.restart(name);
  }

  #place(pick: number): number {
    return pick % Math.max(1, this.cluster.network.length);
  }

  #name(pick: number): NodeId {
    return this.cluster.names[pick % 5] ?? 'a';
  }

  /** Mostly somebody who knows the leader, else little would ever be done. */
  #knowing(name: NodeId, pick: number): NodeId {
    const { role } = this.cluster.state(name);
    const knows = role.name === 'leader' || (role.name === 'follower' && role.leader !== null);
    return knows || pick % 4 === 0 ? name : (this.cluster.leader ?? name);
  }

  /** Messages come in order and disks work for a while, else nothing would ever come of anything. */
  #flow(count: number): void {
    for (let i = 0; i < count; i++) {
      for (const name of this.cluster.names) if (this.cluster.member(name).up) this.cluster.sync(name);
      this.cluster.deliver(0);
    }
  }

  #fire(name: NodeId, timer: 'election' | 'heartbeat'): void {
    const { timers } = this.cluster.member(name);
    if (timers.has(timer)) this.cluster.timeout(name, timer);
  }

  #change(name: NodeId, pick: number): void {
    const standings: (Standing | null)[] = ['voter', 'voter', 'learner', null];
    const listed = this.cluster.names.flatMap((id, at) => {
      const standing = standings[Math.floor(pick / 4 ** at) % 4] ?? null;
      return standing === null ? [] : [[id, standing] as const];
    });
    this.cluster.request(name, ++this.#request, { type: 'change-membership', members: members(...listed) });
  }

  #cut(pick: number): void {
    const { cluster } = this;
    const apart = cluster.names.filter((_, at) => ((pick >> at) & 1) === 1);
    if (pick % 3 === 0) cluster.isCut = (from, to) => apart.includes(from) && !apart.includes(to);
    else cluster.cutOff(...apart);
  }
}
