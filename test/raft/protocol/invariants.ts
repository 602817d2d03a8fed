import { present } from '../../../src/base/assert.ts';
import { latestConfiguration } from '../../../src/raft/protocol/configuration.ts';
import type { Configuration, Entry, NodeId, SnapshotMeta, Standing } from '../../../src/raft/protocol/entries.ts';
import type { Answer, Message, Request } from '../../../src/raft/protocol/messages.ts';
import type { State } from '../../../src/raft/protocol/state.ts';
import { termAt } from '../../../src/raft/protocol/turn.ts';
import type { ProtocolCluster } from './cluster.ts';
import type { DeliveredText } from './member.ts';

interface Delivered extends DeliveredText {
  readonly index: number;
}

/**
 * The properties of figure 3 of the paper and what clients were promised, over everything that has ever happened in a cluster.
 * They are checked from outside: by what nodes do, not by what they think.
 */
export class Invariants {
  /** How many snapshots of others were installed, or found at a restart. */
  installed = 0;
  readonly #cluster: ProtocolCluster;
  readonly #votes = new Map<string, NodeId>();
  readonly #leaders = new Map<number, NodeId>();
  /** Each entry that was ever in a log, by index and term, and the term of the one before it. */
  readonly #entries = new Map<string, { readonly text: string; readonly previousTerm: number }>();
  /** By index, from 1 on. */
  readonly #committed: { readonly term: number; readonly entry: Entry }[] = [];
  /** By position, from 1 on. */
  readonly #delivered: Delivered[] = [];
  readonly #stamped = new Set<string>();
  /** Who asked for each text: a retry has that of the first attempt. */
  readonly #askedFor = new Map<string, number[]>();
  readonly #snapshots = new Map<number, string>();
  readonly #due = new Map<number, number>();
  #acknowledged = 0;

  constructor(cluster: ProtocolCluster) {
    this.#cluster = cluster;
  }

  get elections(): number {
    return this.#leaders.size;
  }

  get committed(): number {
    return this.#committed.length;
  }

  afterStart(name: NodeId, state: State): void {
    this.#checkLog(name, null, state);
    this.#checkCommitted(name, 0, state);
  }

  afterStep(name: NodeId, before: State, after: State): void {
    check(after.term >= before.term && after.commitIndex >= before.commitIndex, `${name} goes back`);
    if (after.log !== before.log) this.#checkLog(name, before, after);
    if (after.commitIndex > before.commitIndex) {
      if (after.role.name === 'leader') this.#checkQuorum(name, latestConfiguration(before), after);
      this.#checkCommitted(name, before.commitIndex, after);
    }
    if (after.role.name === 'leader' && before.role.name !== 'leader') this.#checkLeader(name, after);
  }

  /** One vote a term, also over crashes. */
  sent(name: NodeId, to: NodeId, message: Message): void {
    if (message.kind !== 'vote' || !message.granted) return;
    const vote = `${name} in term ${message.term}`;
    const votedFor = this.#votes.get(vote) ?? to;
    this.#votes.set(vote, votedFor);
    check(votedFor === to, `${vote} votes for ${votedFor} and ${to}`);
  }

  /** State Machine Safety: what is delivered at a position is the same everywhere, and positions are dense. */
  delivered(name: NodeId, before: number, delivery: Delivered): void {
    const { position, index, text } = delivery;
    check(position === before + 1, `${name} delivers position ${position} after ${before}`);
    const known = this.#delivered[position - 1];
    if (known === undefined) {
      this.#delivered.push(delivery);
      this.#checkOnce(text, this.#cluster.state(name).log.get(index));
    } else {
      check(known.text === text && known.index === index, `${name} delivers ${text} at ${position}, not ${known.text}`);
    }
    check(this.#mayTakeEffect(text), `${text} was refused for certain, and delivered`);
  }

  snapshotTaken(name: NodeId, snapshot: SnapshotMeta): void {
    const text = JSON.stringify(snapshot);
    const known = this.#snapshots.get(snapshot.index) ?? text;
    this.#snapshots.set(snapshot.index, known);
    check(known === text, `${name} has the snapshot ${text}, not ${known}`);
  }

  restored(name: NodeId, snapshot: SnapshotMeta, delivered: readonly DeliveredText[]): void {
    const { position, index, term } = snapshot;
    this.installed++;
    this.snapshotTaken(name, snapshot);
    check(delivered.length === position, `${name} restores ${delivered.length} of ${position} messages`);
    for (const [at, { text }] of delivered.entries()) {
      check(this.#delivered[at]?.text === text, `${name} restores ${text} at ${at + 1}`);
    }
    check(this.#committed[index - 1]?.term === term, `${name} restores what was not committed, up to ${index}`);
  }

  asked(requestId: number, request: Request | 'read'): void {
    if (request === 'read') this.#due.set(requestId, this.#acknowledged);
    else if (request.type === 'broadcast') {
      const text = new TextDecoder().decode(request.payload);
      this.#askedFor.set(text, [...(this.#askedFor.get(text) ?? []), requestId]);
    }
  }

  answered(name: NodeId, requestId: number, answer: Answer): void {
    const { node, request } = present(this.#cluster.asks.get(requestId), `${requestId} was asked`);
    check(node === name, `${name} answers request ${requestId} of ${node}`);
    check(!this.#cluster.answers.has(requestId), `request ${requestId} is answered twice`);
    this.#cluster.answers.set(requestId, answer);
    if (request === 'read') this.#checkRead(requestId, answer);
    else if (answer.ok) this.#checkDone(request, answer.index, answer.position);
    else if (request.type === 'broadcast') this.#checkRefused(new TextDecoder().decode(request.payload));
    if (answer.ok) this.#acknowledged = Math.max(this.#acknowledged, answer.position);
  }

  /** Linearizable reads: each sees at least what had been acknowledged when it was asked. */
  #checkRead(requestId: number, answer: Answer): void {
    const due = this.#due.get(requestId) ?? 0;
    check(
      !answer.ok || answer.position >= due,
      () => `read ${requestId} of ${due} messages: ${JSON.stringify(answer)}`,
    );
  }

  /** A session's message is delivered once, however often it was sent. */
  #checkOnce(text: string, entry: Entry): void {
    const stamp = entry.kind === 'message' ? entry.stamp : null;
    if (stamp === null) return;
    const message = `${stamp.session}.${stamp.sequence}`;
    check(!this.#stamped.has(message), `message ${message} is delivered again, as ${text}`);
    this.#stamped.add(message);
  }

  #checkRefused(text: string): void {
    const wasDelivered = this.#delivered.some((delivery) => delivery.text === text);
    check(!wasDelivered || this.#mayTakeEffect(text), `${text} was delivered, and refused for certain`);
  }

  #mayTakeEffect(text: string): boolean {
    const askedFor = this.#askedFor.get(text);
    // Some are in the logs from the beginning.
    if (askedFor === undefined) return true;
    return askedFor.some((requestId) => {
      const answer = this.#cluster.answers.get(requestId);
      return answer === undefined || answer.ok || !answer.definite;
    });
  }

  #checkDone(request: Request, index: number, position: number): void {
    const entry = this.#committed[index - 1]?.entry;
    switch (request.type) {
      case 'broadcast': {
        const text = new TextDecoder().decode(request.payload);
        check(this.#delivered[position - 1]?.text === text, `${text} was acknowledged at ${position}`);
        return;
      }
      case 'open-session':
        check(entry?.kind === 'session', `session ${index} was acknowledged`);
        return;
      case 'change-membership':
        check(this.#configurationAt(index) === describeConfiguration(request.members), `a change was done at ${index}`);
        return;
      case 'transfer-leadership':
        return;
    }
  }

  #configurationAt(index: number): string {
    const [latest] = this.#committed
      .slice(0, index)
      .reverse()
      .flatMap(({ entry }) => (entry.kind === 'configuration' ? [entry.configuration] : []));
    return describeConfiguration(latest ?? this.#cluster.initial);
  }

  /** Election Safety, and Leader Completeness. */
  #checkLeader(name: NodeId, state: State): void {
    const known = this.#leaders.get(state.term);
    check(known === undefined || known === name, `term ${state.term} has the leaders ${known} and ${name}`);
    this.#leaders.set(state.term, name);
    const last = this.#committed.length;
    const term = this.#committed.at(-1)?.term ?? 0;
    check(
      state.log.last >= last && state.logStart.index <= last,
      `leader ${name} lacks what is committed, up to ${last}`,
    );
    check(termAt(state, last) === term, `leader ${name} has another entry at ${last}, which is committed`);
  }

  /** Log Matching: an entry is the same in all logs, and so is the one before it. */
  #checkLog(name: NodeId, before: State | null, after: State): void {
    for (let index = after.log.last; index >= after.log.first; index--) {
      const entry = after.log.get(index);
      const isOld = before !== null && index >= before.log.first && index <= before.log.last;
      if (isOld && before.log.get(index) === entry) return;
      const place = `${index} of term ${entry.term}`;
      const found = { text: textOf(entry), previousTerm: termAt(after, index - 1) };
      const known = this.#entries.get(place) ?? found;
      this.#entries.set(place, known);
      check(found.text === known.text, `${name} has ${found.text} as entry ${place}, not ${known.text}`);
      check(found.previousTerm === known.previousTerm, `${name} has another entry before ${place}`);
      const committed = this.#committed[index - 1];
      check(
        index > after.commitIndex || committed?.term === entry.term,
        `${name} changed the committed entry ${place}`,
      );
    }
  }

  #checkCommitted(name: NodeId, from: number, { log, logStart, commitIndex, snapshot }: State): void {
    for (let index = Math.max(from + 1, log.first); index <= commitIndex; index++) {
      const entry = log.get(index);
      this.#committed[index - 1] ??= { term: entry.term, entry };
      const { term } = present(this.#committed[index - 1], 'just set');
      check(term === entry.term, `${name} commits ${index} of term ${entry.term}, which is of ${term}`);
    }
    check(logStart.index <= (snapshot?.index ?? 0), `${name} keeps what it has dropped in a snapshot`);
  }

  /** What a leader commits is on the disks of a majority, of both configurations where two count. */
  #checkQuorum(name: NodeId, counting: Configuration, state: State): void {
    const index = state.commitIndex;
    const term = termAt(state, index);
    for (const set of [votersAs(counting, 'voter', 'incoming'), votersAs(counting, 'voter', 'outgoing', 'demoted')]) {
      const holding = set.filter((id) => this.#cluster.members.get(id)?.disk.holds(index, term) ?? false);
      check(set.length === 0 || holding.length * 2 > set.length, `${name} commits ${index} with ${holding} of ${set}`);
    }
  }
}

function votersAs(configuration: Configuration, ...standings: readonly Standing[]): NodeId[] {
  return configuration.filter(({ standing }) => standings.includes(standing)).map(({ id }) => id);
}

function textOf(entry: Entry): string {
  switch (entry.kind) {
    case 'noop':
    case 'session':
      return entry.kind;
    case 'message': {
      const { stamp } = entry;
      const text = new TextDecoder().decode(entry.payload);
      return stamp === null ? text : `${text} (${stamp.session}.${stamp.sequence})`;
    }
    case 'configuration':
      return describeConfiguration(entry.configuration);
  }
}

export function describeConfiguration(configuration: Configuration): string {
  return configuration.map(({ id, standing }) => (standing === 'voter' ? id : `${id}:${standing}`)).join(' ');
}

export function check(holds: boolean, broken: string | (() => string)): asserts holds {
  if (!holds) throw new Error(typeof broken === 'string' ? broken : broken());
}
