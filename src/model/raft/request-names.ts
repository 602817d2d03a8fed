import { present } from '../../base/assert.ts';
import type { Message } from '../../raft/protocol/messages.ts';
import type { State } from '../../raft/protocol/state.ts';
import { type PlainRole, type PlainState, plainOfState } from './local-state.ts';

/** What the model calls requests that drivers number for themselves, by node and boot. */
export class RequestNames {
  readonly #nodes: readonly string[];
  /** How many requests the present life of a node has had. */
  readonly #counts: number[];
  readonly #known: Map<number, number>[];

  constructor(nodes: readonly string[]) {
    this.#nodes = nodes;
    this.#counts = nodes.map(() => 0);
    this.#known = nodes.map(() => new Map());
  }

  /** The driver of this node numbers its next request. */
  add(node: number, boot: number, requestId: number): void {
    const count = (this.#counts[node] ?? 0) + 1;
    this.#counts[node] = count;
    this.#known[node]?.set(boot * 2 ** 32 + count, requestId);
  }

  /** A new life of a node numbers from 1 again, with its boot before. */
  forget(node: number): void {
    this.#counts[node] = 0;
  }

  inMessage(sent: { from: number; to: number; message: Message }): unknown {
    const { message, from, to } = sent;
    const ofNode = (node: number) => this.#naming(node);
    switch (message.kind) {
      case 'forward':
        return { ...sent, message: { ...message, asked: message.asked.map(ofNode(from)) } };
      case 'forward-answers':
        return { ...sent, message: { ...message, answers: message.answers.map(ofNode(to)) } };
      case 'forward-read':
        return { ...sent, message: ofNode(from)(message) };
      case 'read-index':
        return { ...sent, message: ofNode(to)(message) };
      default:
        return sent;
    }
  }

  inState(node: number, state: State): PlainState {
    const plain = plainOfState(state);
    return { ...plain, waitingReads: plain.waitingReads.map(this.#naming(node)), role: this.#inRole(node, plain.role) };
  }

  #inRole(node: number, role: PlainRole): PlainRole {
    switch (role.name) {
      case 'follower':
        return { ...role, forwarded: role.forwarded.map((requestId) => this.#name(node, requestId)) };
      case 'pre-candidate':
      case 'candidate':
        return role;
      case 'leader': {
        const { pending, reads, transfer, change } = role;
        return {
          ...role,
          pending: pending.map((asker) => this.#ofOrigin(asker)),
          reads: reads.map((asker) => this.#ofOrigin(asker)),
          transfer: transfer === null ? null : this.#ofOrigin(transfer),
          change: change === null ? null : { ...change, askers: change.askers.map((asker) => this.#ofOrigin(asker)) },
        };
      }
    }
  }

  #ofOrigin<T extends { readonly origin: string; readonly requestId: number }>(asker: T): T {
    return this.#naming(this.#nodes.indexOf(asker.origin))(asker);
  }

  #naming(node: number): <T extends { readonly requestId: number }>(item: T) => T {
    return (item) => ({ ...item, requestId: this.#name(node, item.requestId) });
  }

  #name(node: number, requestId: number): number {
    return present(this.#known[node]?.get(requestId), 'the request came from the script');
  }
}
