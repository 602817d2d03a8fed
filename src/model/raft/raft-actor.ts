import { present } from '../../base/assert.ts';
import { votersOf } from '../../raft/protocol/configuration.ts';
import type { Event, TimerName } from '../../raft/protocol/events.ts';
import type { Message } from '../../raft/protocol/messages.ts';
import type { Config } from '../../raft/protocol/state.ts';
import type { Actor, Reaction } from '../actors/actor.ts';
import { applyWrite, type Disk, durableStateOf, emptyDisk, storeSnapshot } from './disk.ts';
import type { RaftInput } from './inputs.ts';
import { afterCrash, type PlainState, type RaftLocal, stateOf } from './local-state.ts';
import { Run } from './node-run.ts';
import { beginningOf, initialMembers, nodeNames, type Protocol, type RaftScope } from './scope.ts';

/**
 * A node: the shipped core, driven by the rules of raft/driver.ts. An effect that waits for a write is held until the disk
 * has synced that write; then it is performed, and the core is told. A crash keeps some of the writes that are not synced,
 * the first ones, for the log's file is written in order; or it keeps the snapshot that is being stored, in a file of its own. It
 * loses all else but the disk. No time passes: a leader was heard from just now until the node's own election time-out.
 */
export class RaftActor implements Actor<RaftLocal, Message, RaftInput> {
  readonly #scope: RaftScope;
  readonly #protocol: Protocol;
  readonly #configs: readonly Config[];
  readonly #disks: readonly Disk[] | null;

  constructor(scope: RaftScope, protocol: Protocol) {
    this.#scope = scope;
    this.#protocol = protocol;
    this.#configs = configsOf(scope);
    this.#disks = beginningOf(scope)?.disks ?? null;
  }

  start(id: number): Reaction<RaftLocal, Message> {
    return this.#boot(id, this.#disks?.[id] ?? emptyDisk);
  }

  receive(id: number, local: RaftLocal, from: number, message: Message): Reaction<RaftLocal, Message> | null {
    if (local.failed !== null || this.#isBeyond(local, message)) return null;
    const sender = this.#config(from).id;
    return this.#handle(id, local, { type: 'receive', from: sender, message, nowMs });
  }

  timeout(id: number, local: RaftLocal, timer: string): Reaction<RaftLocal, Message> | null {
    if (local.failed !== null) return null;
    return this.#handle(id, local, { type: 'timeout', timer: timer as TimerName, nowMs });
  }

  /** A node that knows of no leader takes no request: the client asks again later. */
  input(id: number, local: RaftLocal, input: RaftInput): Reaction<RaftLocal, Message> | null {
    if (local.failed !== null) return null;
    if (input.kind === 'snapshot') return this.#takeSnapshot(id, local);
    return knowsLeader(local.state) ? this.#handle(id, local, eventOf(input)) : null;
  }

  choices(id: number, local: RaftLocal): string[] {
    const { writes, snapshotWrites, failed } = local;
    if (failed !== null) return [];
    const synced = writes.map((_, at) => `its disk has synced ${countOf(at + 1, writes.length)}`);
    const stored = snapshotWrites
      .slice(0, 1)
      .map(({ snapshot }) => `its disk has stored the snapshot up to ${snapshot.index}`);
    const heirs = heirsOf(this.#scope, id, local).map((heir) => `it is asked to hand the leadership to ${heir}`);
    return [...synced, ...stored, ...heirs];
  }

  choose(id: number, local: RaftLocal, choice: number): Reaction<RaftLocal, Message> {
    const run = this.#resume(id, local);
    const done = chosen(local, choice);
    if (done.kind === 'sync') run.sync(done.count);
    else if (done.kind === 'store') run.storeSnapshot();
    else run.transferTo(present(heirsOf(this.#scope, id, local)[done.heir], 'the choice is one of those'));
    if (!this.#scope.lostWrites) run.settleDisk();
    return run.finish();
  }

  crash(_id: number, { disk, writes, snapshotWrites }: RaftLocal): { words: string; left: RaftLocal }[] {
    const left: { words: string; left: RaftLocal }[] = [];
    for (const { disk: synced, words } of leavings(disk, writes, applyWrite, 'write')) {
      for (const { disk: stored, words: more } of leavings(
        synced,
        snapshotWrites.slice(0, 1),
        storeSnapshot,
        'snapshot',
      )) {
        left.push({ words: [words, more].filter((text) => text !== '').join(', '), left: afterCrash(stored) });
      }
    }
    return left;
  }

  recover(id: number, { disk }: RaftLocal): Reaction<RaftLocal, Message> {
    return this.#boot(id, disk);
  }

  #boot(id: number, disk: Disk): Reaction<RaftLocal, Message> {
    const left = afterCrash(disk);
    if (left.failed !== null) return { local: left, commands: [] };
    const { state, effects } = this.#protocol.recover(this.#config(id), durableStateOf(left.disk), nowMs);
    const run = new Run(this.#scope, this.#protocol, state, { ...left, delivered: [] });
    run.perform(effects);
    return run.finish();
  }

  #handle(id: number, local: RaftLocal, event: Event): Reaction<RaftLocal, Message> {
    const run = this.#resume(id, local);
    if (event.type === 'read') run.observations.push({ type: 'read-asked', requestId: event.requestId });
    run.handle(event);
    if (!this.#scope.lostWrites) run.settleDisk();
    return run.finish();
  }

  /** Of what has been delivered since the last; one at a time. */
  #takeSnapshot(id: number, local: RaftLocal): Reaction<RaftLocal, Message> | null {
    const { state, snapshotWrites } = local;
    const isSaving = snapshotWrites.some(({ origin }) => origin === 'here');
    if (isSaving || state.commitIndex <= (state.snapshot?.index ?? 0)) return null;
    const run = this.#resume(id, local);
    if (!run.takeSnapshot()) return null;
    if (!this.#scope.lostWrites) run.settleDisk();
    return run.finish();
  }

  #resume(id: number, local: RaftLocal): Run {
    return new Run(this.#scope, this.#protocol, stateOf(local, this.#config(id)), local);
  }

  /** It would begin an election beyond the scope: it stays on the network. */
  #isBeyond({ state }: RaftLocal, message: Message): boolean {
    return message.kind === 'timeout-now' && Math.max(state.term, message.term) >= this.#scope.maxTerm;
  }

  #config(id: number): Config {
    return present(this.#configs[id], 'the node is one of the scope');
  }
}

/** Whom a leader may be asked to hand its office to. */
export function heirsOf(scope: RaftScope, id: number, { state, transfers }: RaftLocal): string[] {
  if (state.role.name !== 'leader' || transfers >= scope.transfers) return [];
  const voters = votersOf(state.configurations.at(-1)?.configuration ?? []);
  return voters.filter((heir) => heir !== nodeNames(scope.nodes)[id]);
}

/** Which of the choices of a node it is: its disk's, then its clients'. */
export function chosen({ writes, snapshotWrites }: RaftLocal, choice: number): Chosen {
  if (choice < writes.length) return { kind: 'sync', count: choice + 1 };
  const stores = snapshotWrites.length > 0 ? 1 : 0;
  return choice < writes.length + stores
    ? { kind: 'store' }
    : { kind: 'transfer', heir: choice - writes.length - stores };
}

type Chosen =
  | { readonly kind: 'sync'; readonly count: number }
  | { readonly kind: 'store' }
  | { readonly kind: 'transfer'; readonly heir: number };

function eventOf(input: Exclude<RaftInput, { kind: 'snapshot' }>): Event {
  const { requestId } = input;
  if (input.kind === 'read') return { type: 'read', requestId, nowMs };
  return { type: 'request', asked: [{ requestId, request: input.request }] };
}

/** The clock of all nodes stands still. */
const nowMs = 0;

function knowsLeader({ role }: PlainState): boolean {
  return role.name === 'leader' || (role.name === 'follower' && role.leader !== null);
}

/** What the nodes are told, in their order. */
export function configsOf(scope: RaftScope): Config[] {
  const { nodes, members, entriesPerMessage, keptEntries, preVote, checkQuorum } = scope;
  return nodeNames(nodes).map((id, at) => ({
    id,
    initial: at < members ? initialMembers(scope) : [],
    maxEntriesPerMessage: entriesPerMessage,
    keptEntries,
    keptForFollowers: keptEntries,
    keptBytes: Number.MAX_SAFE_INTEGER,
    preVote,
    checkQuorum,
    ...constants,
  }));
}

/** Few, so that the window of replication fills up within some steps, and a snapshot comes in pieces. */
const constants = {
  maxBytesPerMessage: 1000,
  maxInflightMessages: 2,
  maxUncommittedBytes: Number.MAX_SAFE_INTEGER,
  chunkBytes: 1,
  maxSessions: 4,
  minElectionTimeoutMs: 1,
  leaseMs: null,
};

/** What a crash may leave of what the disk has been given, each in words. */
function leavings<T>(disk: Disk, given: readonly T[], apply: (disk: Disk, one: T) => Disk, noun: 'write' | 'snapshot') {
  const lost = noun === 'write' ? 'losing what was not synced' : 'losing the snapshot that was not stored';
  const left = [{ disk, words: given.length === 0 ? '' : lost }];
  for (const [at, one] of given.entries()) {
    const before = present(left.at(-1), 'one is there');
    left.push({ disk: apply(before.disk, one), words: `keeping ${countOf(at + 1, given.length, noun)}` });
  }
  return left;
}

function countOf(count: number, all: number, noun = 'write'): string {
  if (count === all) return all === 1 ? `its ${noun}` : `all ${all} ${noun}s`;
  return count === 1 ? `the first of ${all} ${noun}s` : `the first ${count} of ${all} ${noun}s`;
}
