import { assert, present, unreachable } from '../../base/assert.ts';
import type { Config, Delivery, DurableState, Message, State, Step } from '../../raft/protocol/types.ts';
import type { NodeView } from '../actors/actor.ts';
import type { SystemState } from '../actors/state-hash.ts';
import type { ActorAction } from '../actors/transitions.ts';
import { type Path, statesAlong } from '../path.ts';
import { equalPlain } from '../plain-hash.ts';
import { plainOfState, type RaftLocal } from './local-state.ts';
import { timerNames } from './node-run.ts';
import { configsOf, nodeNames, type RaftInput } from './raft-actor.ts';
import { inputsOf, type RaftModel } from './raft-model.ts';
import type { Protocol, RaftScope } from './scope.ts';
import { ScriptedNode } from './scripted-node.ts';

/**
 * Replays a path on the library's own driver, one for each node and each of its lives, with the same messages, time-outs,
 * syncs and crashes; an assertion fails where any node is other than the model has it. So what the model finds is not of its
 * own making: its rules for effects that wait, for the disk and for crashes are those of the driver.
 */
export function replayOnDrivers(
  model: RaftModel,
  scope: RaftScope,
  protocol: Protocol,
  path: Path<SystemState, ActorAction>,
): void {
  const cluster = new ScriptedCluster(scope, protocol);
  const states = statesAlong(path);
  cluster.compare(viewOf(model, states[0]), 'the initial state');
  for (const [at, { action, state }] of path.steps.entries()) {
    cluster.perform(model, viewOf(model, states[at]), action);
    cluster.compare(viewOf(model, state), `step ${at + 1}, ${model.describeAction(action)}`);
  }
}

function viewOf(model: RaftModel, state: SystemState | undefined): readonly NodeView<RaftLocal>[] {
  return model.view(present(state, 'a path has a state before and behind each step')).nodes;
}

class ScriptedCluster {
  readonly #scope: RaftScope;
  readonly #protocol: Protocol;
  readonly #members: readonly string[];
  readonly #nodes: ScriptedNode[];
  readonly #boots: number[];
  /** How many requests each life of a node has had, by which its driver numbers them. */
  readonly #requests: number[];
  /** By node: what the model calls a request that its driver has numbered. Drivers number for themselves. */
  readonly #modelIds: Map<number, number>[];
  readonly #network: { readonly from: number; readonly to: number; readonly message: Message }[] = [];

  constructor(scope: RaftScope, protocol: Protocol) {
    this.#scope = scope;
    this.#protocol = protocol;
    this.#members = nodeNames(scope.nodes);
    this.#boots = this.#members.map(() => 0);
    this.#requests = this.#members.map(() => 0);
    this.#modelIds = this.#members.map(() => new Map());
    this.#nodes = [];
    for (const id of this.#members.keys()) {
      this.#boot(id, scope.disks?.[id] ?? { term: 0, votedFor: null, entries: [] });
    }
  }

  perform(model: RaftModel, before: readonly NodeView<RaftLocal>[], action: ActorAction): void {
    switch (action.kind) {
      case 'deliver': {
        const { from, to, message } = this.#onNetwork(model, action.envelope, false);
        this.#node(to).receive(present(this.#members[from], 'the sender is a member'), message);
        this.#settleDisk(to);
        return;
      }
      case 'drop':
        this.#onNetwork(model, action.envelope, true);
        return;
      case 'timeout':
        this.#node(action.node).timeout(present(timerNames[action.which], 'the timer is known'));
        this.#settleDisk(action.node);
        return;
      case 'input':
        this.#input(action.node, present(inputsOf(this.#scope)[action.which], 'the input is known').input);
        this.#settleDisk(action.node);
        return;
      case 'choice':
        this.#node(action.node).sync(action.which + 1);
        return;
      case 'crash':
        this.#node(action.node).crash(action.which);
        return;
      case 'recover':
        this.#boot(action.node, present(before[action.node], 'the node is a member').local.durable);
        return;
      default:
        unreachable(action);
    }
  }

  /** The message as a driver has sent it; it is gone afterwards, unless the network keeps it. */
  #onNetwork(model: RaftModel, id: number, lost: boolean): { from: number; to: number; message: Message } {
    const envelope = model.envelope(id);
    const found = this.#network.findIndex((sent) => equalPlain(this.#inWordsOfTheModel(sent), envelope));
    const sent = present(this.#network[found], 'the drivers have sent the message too');
    if (lost || this.#scope.network !== 'unordered-duplicating') this.#network.splice(found, 1);
    return sent;
  }

  #input(id: number, input: RaftInput): void {
    const count = (this.#requests[id] ?? 0) + 1;
    this.#requests[id] = count;
    this.#modelIds[id]?.set((this.#boots[id] ?? 0) * 2 ** 32 + count, input.requestId);
    this.#node(id).input(input);
  }

  /** Where the scope has disks that take no time, what is written is synced at once. */
  #settleDisk(id: number): void {
    const node = this.#node(id);
    while (!this.#scope.lostWrites && node.failed === null && node.unsynced > 0) node.sync(node.unsynced);
  }

  compare(expected: readonly NodeView<RaftLocal>[], when: string): void {
    for (const { id, up, local } of expected) {
      const node = this.#node(id);
      assert(
        equalPlain(node.durable, local.durable),
        () => `the disk of ${this.#members[id]} is as the model has it: ${when}`,
      );
      if (!up) continue;
      assert(node.failed === local.failed, () => `${this.#members[id]} fails as in the model: ${when}`);
      if (node.failed !== null) continue;
      const state = this.#stateInWordsOfTheModel(id, node.state);
      assert(equalPlain(state, local.state), () => `${this.#members[id]} is as the model has it: ${when}`);
      assert(deliversAs(local, node.deliveries), () => `${this.#members[id]} delivers as the model has it: ${when}`);
    }
  }

  #boot(id: number, left: DurableState): void {
    const config = configsOf(this.#scope)[id] as Config;
    const { term, votedFor, log } = this.#protocol.recover(config, left).state;
    const recovered = { term, votedFor, entries: log.slice(1, log.last) };
    // Messages as small as those of the model.
    const step: Step = (state, event) => this.#protocol.step({ ...state, config }, event);
    const boot = (this.#boots[id] ?? 0) + 1;
    this.#boots[id] = boot;
    this.#requests[id] = 0;
    this.#nodes[id] = new ScriptedNode(config, boot, { disk: left, recovered }, step, (to, message) => {
      this.#network.push({ from: id, to: this.#members.indexOf(to), message });
    });
  }

  #node(id: number): ScriptedNode {
    return present(this.#nodes[id], 'the node is a member');
  }

  #inWordsOfTheModel(sent: { from: number; to: number; message: Message }): unknown {
    const { message, from, to } = sent;
    if (!('requestId' in message)) return sent;
    const origin = message.kind === 'forward' || message.kind === 'forward-read' ? from : to;
    return { ...sent, message: { ...message, requestId: this.#modelId(origin, message.requestId) } };
  }

  #stateInWordsOfTheModel(id: number, state: State): unknown {
    const plain = plainOfState(state);
    const { role } = plain;
    const ofNode = <T extends { requestId: number }>(item: T): T => ({
      ...item,
      requestId: this.#modelId(id, item.requestId),
    });
    const ofOrigin = <T extends { origin: string; requestId: number }>(item: T): T => ({
      ...item,
      requestId: this.#modelId(this.#members.indexOf(item.origin), item.requestId),
    });
    const waitingReads = plain.waitingReads.map(ofNode);
    switch (role.name) {
      case 'follower': {
        const forwarded = role.forwarded.map((requestId) => this.#modelId(id, requestId));
        return { ...plain, waitingReads, role: { ...role, forwarded } };
      }
      case 'candidate':
        return { ...plain, waitingReads };
      case 'leader': {
        const renamed = { ...role, pending: role.pending.map(ofOrigin), reads: role.reads.map(ofOrigin) };
        return { ...plain, waitingReads, role: renamed };
      }
    }
  }

  #modelId(node: number, requestId: number): number {
    return present(this.#modelIds[node]?.get(requestId), 'the request came from the script');
  }
}

/** As many messages as the model says, and where it says that nothing is wrong with them, those that are committed. */
function deliversAs({ state, delivered, misdelivered }: RaftLocal, deliveries: readonly Delivery[]): boolean {
  if (deliveries.length !== delivered) return false;
  if (misdelivered !== null) return true;
  const committed = state.log.slice(0, state.commitIndex).flatMap((entry, at) => {
    return entry.kind === 'message' ? [{ index: at + 1, position: entry.position, payload: entry.payload }] : [];
  });
  return equalPlain(deliveries, committed);
}
