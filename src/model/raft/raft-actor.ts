import { present } from '../../base/assert.ts';
import type { Config, DurableState, Event, Message, TimerName } from '../../raft/protocol/types.ts';
import type { Actor, Reaction } from '../actors/actor.ts';
import { afterCrash, applyWrite, type RaftLocal, stateOf } from './local-state.ts';
import { Run } from './node-run.ts';
import type { Observation } from './past.ts';
import type { Protocol, RaftScope } from './scope.ts';

/** A client's request of a node. */
export type RaftInput =
  | { readonly kind: 'broadcast'; readonly requestId: number; readonly payload: Uint8Array }
  | { readonly kind: 'read'; readonly requestId: number };

/**
 * A node: the shipped core, driven by the rules of raft/driver.ts. An effect that waits for a write is held until the disk
 * has synced that write; then it is performed, and the core is told. A crash keeps some of the writes that are not synced,
 * the first ones, for the log's file is written in order; it loses all else but the disk.
 */
export class RaftActor implements Actor<RaftLocal, Message, RaftInput> {
  readonly #scope: RaftScope;
  readonly #protocol: Protocol;
  readonly #configs: readonly Config[];

  constructor(scope: RaftScope, protocol: Protocol) {
    this.#scope = scope;
    this.#protocol = protocol;
    this.#configs = configsOf(scope);
  }

  start(id: number): Reaction<RaftLocal, Message> {
    return this.#boot(id, this.#scope.disks?.[id] ?? { term: 0, votedFor: null, entries: [] });
  }

  receive(id: number, local: RaftLocal, from: number, message: Message): Reaction<RaftLocal, Message> | null {
    if (local.failed !== null) return null;
    const sender = present(this.#configs[from], 'the sender is a member').id;
    return this.#handle(id, local, { type: 'receive', from: sender, message });
  }

  timeout(id: number, local: RaftLocal, timer: string): Reaction<RaftLocal, Message> | null {
    if (local.failed !== null) return null;
    return this.#handle(id, local, { type: 'timeout', timer: timer as TimerName });
  }

  /** A node that knows of no leader takes nothing: the client asks again later. */
  input(id: number, local: RaftLocal, input: RaftInput): Reaction<RaftLocal, Message> | null {
    const { role } = local.state;
    const knowsLeader = role.name === 'leader' || (role.name === 'follower' && role.leader !== null);
    if (local.failed !== null || !knowsLeader) return null;
    const { requestId } = input;
    const event: Event =
      input.kind === 'read' ? { type: 'read', requestId } : { type: 'broadcast', requestId, payload: input.payload };
    const asked: Observation[] = input.kind === 'read' ? [{ type: 'read-asked', requestId }] : [];
    return this.#handle(id, local, event, asked);
  }

  choices(_id: number, { writes, failed }: RaftLocal): string[] {
    if (failed !== null) return [];
    return writes.map((_, at) => `its disk has synced ${countOf(at + 1, writes.length)}`);
  }

  choose(id: number, local: RaftLocal, choice: number): Reaction<RaftLocal, Message> {
    const run = this.#resume(id, local);
    run.sync(choice + 1);
    return run.finish();
  }

  crash(_id: number, local: RaftLocal): { words: string; left: RaftLocal }[] {
    const left: RaftLocal[] = [afterCrash(local.durable)];
    for (const write of local.writes)
      left.push(afterCrash(applyWrite(present(left.at(-1), 'one is there').durable, write)));
    if (local.writes.length === 0) return [{ words: '', left: present(left[0], 'what is durable is left') }];
    return left.map((durable, kept) => ({
      words: kept === 0 ? 'losing what was not synced' : `keeping ${countOf(kept, local.writes.length)}`,
      left: durable,
    }));
  }

  recover(id: number, left: RaftLocal): Reaction<RaftLocal, Message> {
    return this.#boot(id, left.durable);
  }

  #boot(id: number, durable: DurableState): Reaction<RaftLocal, Message> {
    const { state, effects } = this.#protocol.recover(present(this.#configs[id], 'it is a member'), durable);
    const run = new Run(this.#scope, this.#protocol, state, afterCrash(durable));
    run.perform(effects);
    return run.finish();
  }

  #handle(
    id: number,
    local: RaftLocal,
    event: Event,
    asked: readonly Observation[] = [],
  ): Reaction<RaftLocal, Message> {
    const run = this.#resume(id, local);
    run.observations.push(...asked);
    run.handle(event);
    while (!this.#scope.lostWrites && run.writes > 0) run.sync(run.writes);
    return run.finish();
  }

  #resume(id: number, local: RaftLocal): Run {
    const config = present(this.#configs[id], 'it is a member');
    return new Run(this.#scope, this.#protocol, stateOf(local, config), local);
  }
}

/** What the nodes are told, in their order. */
export function configsOf({ nodes, entriesPerMessage }: RaftScope): Config[] {
  const members = nodeNames(nodes);
  return members.map((id) => ({ id, members, maxEntriesPerMessage: entriesPerMessage, ...windows }));
}

export function nodeNames(count: number): string[] {
  return Array.from({ length: count }, (_, id) => `n${id + 1}`);
}

/** Few, so that the window of replication fills up within some steps. */
const windows = { maxBytesPerMessage: 1000, maxInflightMessages: 2 };

function countOf(count: number, all: number): string {
  if (count === all) return all === 1 ? 'its write' : `all ${all} writes`;
  return count === 1 ? `the first of ${all} writes` : `the first ${count} of ${all} writes`;
}
