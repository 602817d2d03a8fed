import { unreachable } from '../../base/assert.ts';
import { sorted } from '../../raft/protocol/configuration.ts';
import type { Configuration, Entry, SnapshotMeta } from '../../raft/protocol/entries.ts';
import type { Write } from '../../raft/protocol/events.ts';
import type { Asked, Message, Request } from '../../raft/protocol/messages.ts';
import type { Progress, SnapshotReceiving, SnapshotSending } from '../../raft/protocol/state.ts';
import type { ActorSymmetry } from '../actors/actor.ts';
import type { Disk } from './disk.ts';
import type { RaftInput } from './inputs.ts';
import { type HeldEffect, inOrder, type PlainRole, type PlainState, type RaftLocal } from './local-state.ts';
import type { Past } from './past.ts';
import { nodeNames, type RaftScope } from './scope.ts';

/**
 * What renaming the nodes does to everything. The core treats members alike: it looks at their order only to go through all
 * of them. Requests of clients have names of their own, unless each node has one of its own (`compat`): then they are
 * renamed with it. Nodes are alike only where all are members at first and no client names one: see `isSymmetric`.
 */
export function raftSymmetry(scope: RaftScope): ActorSymmetry<RaftLocal, Message, RaftInput, Past> {
  const renamings = new Map<readonly number[], Renaming>();
  const of = (permutation: readonly number[]): Renaming => {
    const known = renamings.get(permutation) ?? new Renaming(permutation, scope.compat === 'raft-lite');
    renamings.set(permutation, known);
    return known;
  };
  return {
    local: (local, permutation) => of(permutation).local(local),
    message: (message, permutation) => of(permutation).message(message),
    input: (input, permutation) => of(permutation).input(input),
    past: (past, permutation) => of(permutation).past(past),
  };
}

export function isSymmetric({ nodes, members, changes }: RaftScope): boolean {
  return members === nodes && changes.length === 0;
}

class Renaming {
  readonly #permutation: readonly number[];
  readonly #renamesRequests: boolean;
  readonly #names: ReadonlyMap<string, string>;

  constructor(permutation: readonly number[], renamesRequests: boolean) {
    const names = nodeNames(permutation.length);
    this.#permutation = permutation;
    this.#renamesRequests = renamesRequests;
    this.#names = new Map(names.map((name, id) => [name, names[permutation[id] as number] as string]));
  }

  local(local: RaftLocal): RaftLocal {
    const { snapshotWrites, receiving } = local;
    return {
      ...local,
      state: this.#state(local.state),
      disk: this.#disk(local.disk),
      writes: local.writes.map((write) => this.#write(write)),
      snapshotWrites: snapshotWrites.map((write) => ({ ...write, snapshot: this.#snapshot(write.snapshot) })),
      receiving: receiving === null ? null : { ...receiving, snapshot: this.#snapshot(receiving.snapshot) },
      delivered: local.delivered.map((number) => this.#request(number)),
      held: inOrder(local.held.map((effect) => this.#effect(effect))),
      // Some invariants name who broke them.
      failed: local.failed?.replace(/\bn\d+\b/g, (name) => this.#names.get(name) ?? name) ?? null,
    };
  }

  message(message: Message): Message {
    switch (message.kind) {
      case 'append-entries':
        return { ...message, entries: this.#entries(message.entries) };
      case 'install-snapshot':
        return { ...message, snapshot: this.#snapshot(message.snapshot) };
      case 'forward':
        return { ...message, asked: message.asked.map((asked) => this.#asked(asked)) };
      case 'forward-answers':
        return {
          ...message,
          answers: message.answers.map(({ requestId, answer }) => ({ requestId: this.#request(requestId), answer })),
        };
      case 'request-prevote':
      case 'prevote':
      case 'request-vote':
      case 'vote':
      case 'commit':
      case 'append-accepted':
      case 'append-rejected':
      case 'snapshot-taken':
      case 'forward-read':
      case 'read-index':
      case 'timeout-now':
        return message;
      default:
        return unreachable(message);
    }
  }

  input(input: RaftInput): RaftInput {
    return input.kind === 'request' ? { ...input, ...this.#asked(input) } : input;
  }

  past(past: Past): Past {
    return {
      ...past,
      leaders: past.leaders.map(({ term, node }) => ({ term, node: this.#permutation[node] as number })),
      committed: past.committed.map(({ entry, by }) => ({ entry: this.#entry(entry), by })),
    };
  }

  #state(state: PlainState): PlainState {
    return {
      ...state,
      votedFor: this.#node(state.votedFor),
      log: this.#entries(state.log),
      snapshot: state.snapshot === null ? null : this.#snapshot(state.snapshot),
      configurations: state.configurations.map(({ index, configuration }) => ({
        index,
        configuration: this.#members(configuration),
      })),
      role: this.#role(state),
    };
  }

  #role({ role, configurations }: PlainState): PlainRole {
    switch (role.name) {
      case 'follower':
        return {
          ...role,
          leader: this.#node(role.leader),
          forwarded: role.forwarded.map((requestId) => this.#request(requestId)),
          receiving: this.#receiving(role.receiving),
        };
      case 'pre-candidate': {
        const votes = role.votes.map((name) => this.#named(name)).sort();
        return { ...role, votes, receiving: this.#receiving(role.receiving) };
      }
      case 'candidate':
        return { ...role, votes: role.votes.map((name) => this.#named(name)).sort() };
      case 'leader': {
        const { transfer, change } = role;
        return {
          ...role,
          progress: this.#progress(role.progress, configurations.at(-1)?.configuration ?? []),
          pending: role.pending.map((pending) => this.#asker(pending)),
          reads: role.reads.map((read) => ({ ...read, origin: this.#named(read.origin) })),
          transfer: transfer === null ? null : { ...this.#asker(transfer), to: this.#named(transfer.to) },
          change:
            change === null
              ? null
              : {
                  ...change,
                  askers: change.askers.map((asker) => this.#asker(asker)),
                  target: this.#members(change.target),
                },
        };
      }
    }
  }

  #receiving(receiving: SnapshotReceiving | null): SnapshotReceiving | null {
    if (receiving === null) return null;
    return { ...receiving, from: this.#named(receiving.from), snapshot: this.#snapshot(receiving.snapshot) };
  }

  /** By place among the members, who are sorted by name. */
  #progress(progress: readonly Progress[], members: Configuration): Progress[] {
    const renamed = this.#members(members).map(({ id }) => id);
    const places = members.map(({ id }) => renamed.indexOf(this.#named(id)));
    return progress
      .map((known, place): { place: number; known: Progress } => {
        const sending = known.sending === null ? null : this.#sending(known.sending);
        return { place: places[place] ?? place, known: { ...known, sending } };
      })
      .sort((a, b) => a.place - b.place)
      .map(({ known }) => known);
  }

  #sending(sending: SnapshotSending): SnapshotSending {
    return { ...sending, snapshot: this.#snapshot(sending.snapshot) };
  }

  #asker<T extends { readonly origin: string; readonly requestId: number }>(asker: T): T {
    return { ...asker, origin: this.#named(asker.origin), requestId: this.#request(asker.requestId) };
  }

  #disk(disk: Disk): Disk {
    return {
      ...disk,
      votedFor: this.#node(disk.votedFor),
      entries: this.#entries(disk.entries),
      snapshots: disk.snapshots.map((stored) => ({ ...stored, snapshot: this.#snapshot(stored.snapshot) })),
    };
  }

  #write(write: Write): Write {
    return { ...write, votedFor: this.#node(write.votedFor), entries: this.#entries(write.entries) };
  }

  #effect(effect: HeldEffect): HeldEffect {
    if (effect.type === 'send') return { ...effect, to: this.#named(effect.to), message: this.message(effect.message) };
    return { ...effect, requestId: this.#request(effect.requestId) };
  }

  #snapshot(snapshot: SnapshotMeta): SnapshotMeta {
    return { ...snapshot, configuration: this.#members(snapshot.configuration) };
  }

  #entries(entries: readonly Entry[]): readonly Entry[] {
    return entries.map((entry) => this.#entry(entry));
  }

  #entry(entry: Entry): Entry {
    if (entry.kind === 'configuration') return { ...entry, configuration: this.#members(entry.configuration) };
    if (entry.kind !== 'message' || !this.#renamesRequests) return entry;
    return { ...entry, payload: this.#payload(entry.payload) };
  }

  #members(members: Configuration): Configuration {
    return sorted(members.map((member) => ({ ...member, id: this.#named(member.id) })));
  }

  #asked({ requestId, request }: Asked): Asked {
    return { requestId: this.#request(requestId), request: this.#wish(request) };
  }

  #wish(request: Request): Request {
    switch (request.type) {
      case 'broadcast':
        return this.#renamesRequests ? { ...request, payload: this.#payload(request.payload) } : request;
      case 'open-session':
        return request;
      case 'transfer-leadership':
        return { ...request, to: this.#named(request.to) };
      case 'change-membership':
        return { ...request, members: this.#members(request.members) };
      default:
        return unreachable(request);
    }
  }

  /** In that scope the request of node `id` is number `id + 1`, and so is its only byte. */
  #request(requestId: number): number {
    return this.#renamesRequests ? (this.#permutation[requestId - 1] as number) + 1 : requestId;
  }

  #payload(payload: Uint8Array): Uint8Array {
    return Uint8Array.of(this.#request(payload[0] as number));
  }

  #node(name: string | null): string | null {
    return name === null ? null : this.#named(name);
  }

  #named(name: string): string {
    return this.#names.get(name) as string;
  }
}
