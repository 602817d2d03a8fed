import { unreachable } from '../../base/assert.ts';
import type { DurableState, Entry, Message, Write } from '../../raft/protocol/types.ts';
import type { ActorSymmetry } from '../actors/actor.ts';
import { type HeldEffect, inOrder, type PlainRole, type RaftLocal } from './local-state.ts';
import type { Past } from './past.ts';
import { nodeNames, type RaftInput } from './raft-actor.ts';
import type { RaftScope } from './scope.ts';

/**
 * What renaming the nodes does to everything. The core treats members alike: it looks at their order only to go through all
 * of them. Requests of clients have names of their own, unless each node has one of its own (`compat`): then they are
 * renamed with it.
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
    const { state } = local;
    return {
      ...local,
      state: {
        ...state,
        votedFor: this.#node(state.votedFor),
        log: this.#entries(state.log),
        role: this.#role(state.role),
      },
      durable: this.#durable(local.durable),
      writes: local.writes.map((write) => this.#write(write)),
      held: inOrder(local.held.map((effect) => this.#effect(effect))),
      // Some invariants name who broke them.
      failed: local.failed?.replace(/\bn\d+\b/g, (name) => this.#names.get(name) ?? name) ?? null,
    };
  }

  message(message: Message): Message {
    switch (message.kind) {
      case 'append-entries':
        return { ...message, entries: this.#entries(message.entries) };
      case 'forward':
        return { ...message, ...this.#broadcast(message) };
      case 'forward-answer':
        return { ...message, requestId: this.#request(message.requestId) };
      case 'request-vote':
      case 'vote':
      case 'append-accepted':
      case 'append-rejected':
      case 'forward-read':
      case 'read-index':
        return message;
      default:
        return unreachable(message);
    }
  }

  input(input: RaftInput): RaftInput {
    return input.kind === 'read' ? input : { ...input, ...this.#broadcast(input) };
  }

  past(past: Past): Past {
    return {
      ...past,
      leaders: past.leaders.map(({ term, node }) => ({ term, node: this.#permutation[node] as number })),
    };
  }

  #role(role: PlainRole): PlainRole {
    switch (role.name) {
      case 'follower':
        return {
          ...role,
          leader: this.#node(role.leader),
          forwarded: role.forwarded.map((requestId) => this.#request(requestId)),
        };
      case 'candidate':
        return { ...role, votes: role.votes.map((name) => this.#named(name)).sort() };
      case 'leader': {
        const progress = [...role.progress];
        for (const [id, of] of role.progress.entries()) progress[this.#permutation[id] as number] = of;
        return {
          ...role,
          progress,
          pending: role.pending.map((broadcast) => ({
            ...broadcast,
            origin: this.#named(broadcast.origin),
            requestId: this.#request(broadcast.requestId),
          })),
          reads: role.reads.map((read) => ({ ...read, origin: this.#named(read.origin) })),
        };
      }
    }
  }

  #durable({ term, votedFor, entries }: DurableState): DurableState {
    return { term, votedFor: this.#node(votedFor), entries: this.#entries(entries) };
  }

  #write(write: Write): Write {
    return { ...write, votedFor: this.#node(write.votedFor), entries: this.#entries(write.entries) };
  }

  #effect(effect: HeldEffect): HeldEffect {
    if (effect.type === 'send') return { ...effect, to: this.#named(effect.to), message: this.message(effect.message) };
    return { ...effect, requestId: this.#request(effect.requestId) };
  }

  #entries(entries: readonly Entry[]): readonly Entry[] {
    if (!this.#renamesRequests) return entries;
    return entries.map((entry) =>
      entry.kind === 'noop' ? entry : { ...entry, payload: this.#payload(entry.payload) },
    );
  }

  #broadcast({ requestId, payload }: { requestId: number; payload: Uint8Array }) {
    return { requestId: this.#request(requestId), payload: this.#renamesRequests ? this.#payload(payload) : payload };
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
