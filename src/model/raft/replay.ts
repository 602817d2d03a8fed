import { assert, present, unreachable } from '../../base/assert.ts';
import type { Message } from '../../raft/protocol/messages.ts';
import type { Config } from '../../raft/protocol/state.ts';
import type { NodeView } from '../actors/actor.ts';
import type { SystemState } from '../actors/state-hash.ts';
import type { ActorAction } from '../actors/transitions.ts';
import { type Path, statesAlong } from '../path.ts';
import { equalPlain } from '../plain-hash.ts';
import { type Disk, emptyDisk } from './disk.ts';
import { inputsOf, type RaftInput, transferRequest } from './inputs.ts';
import type { RaftLocal } from './local-state.ts';
import { timerNames } from './node-run.ts';
import { chosen, configsOf, heirsOf } from './raft-actor.ts';
import type { RaftModel } from './raft-model.ts';
import { RequestNames } from './request-names.ts';
import { beginningOf, nodeNames, type Protocol, type RaftScope } from './scope.ts';
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
  readonly #names: readonly string[];
  readonly #requests: RequestNames;
  readonly #nodes: ScriptedNode[] = [];
  readonly #boots: number[];
  readonly #network: { readonly from: number; readonly to: number; readonly message: Message }[] = [];

  constructor(scope: RaftScope, protocol: Protocol) {
    this.#scope = scope;
    this.#protocol = protocol;
    this.#names = nodeNames(scope.nodes);
    this.#requests = new RequestNames(this.#names);
    this.#boots = this.#names.map(() => 0);
    const disks = beginningOf(scope)?.disks;
    for (const id of this.#names.keys()) this.#boot(id, disks?.[id] ?? emptyDisk);
  }

  perform(model: RaftModel, before: readonly NodeView<RaftLocal>[], action: ActorAction): void {
    switch (action.kind) {
      case 'deliver': {
        const { from, to, message } = this.#onNetwork(model, action.envelope, false);
        this.#node(to).receive(present(this.#names[from], 'the sender is a node'), message);
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
        this.#choose(action.node, localOf(before, action.node), action.which);
        return;
      case 'crash':
        this.#crash(action.node, localOf(before, action.node), action.which);
        return;
      case 'recover':
        this.#boot(action.node, localOf(before, action.node).disk);
        return;
      default:
        unreachable(action);
    }
  }

  compare(expected: readonly NodeView<RaftLocal>[], when: string): void {
    for (const { id, up, local } of expected) {
      const node = this.#node(id);
      const name = this.#names[id];
      assert(equalPlain(node.disk.content, local.disk), () => `the disk of ${name} is as the model has it: ${when}`);
      if (!up) continue;
      assert(node.failed === local.failed, () => `${name} fails as in the model: ${when}`);
      if (node.failed !== null) continue;
      const state = this.#requests.inState(id, node.state);
      assert(equalPlain(state, local.state), () => `${name} is as the model has it: ${when}`);
      assert(equalPlain(node.messages, local.delivered), () => `${name} delivers as the model has it: ${when}`);
    }
  }

  /** The message as a driver has sent it; it is gone afterwards, unless the network keeps it. */
  #onNetwork(model: RaftModel, id: number, lost: boolean): { from: number; to: number; message: Message } {
    const envelope = model.envelope(id);
    const found = this.#network.findIndex((sent) => equalPlain(this.#requests.inMessage(sent), envelope));
    const sent = present(this.#network[found], 'the drivers have sent the message too');
    if (lost || this.#scope.network !== 'unordered-duplicating') this.#network.splice(found, 1);
    return sent;
  }

  #input(id: number, input: RaftInput): void {
    if (input.kind === 'snapshot') {
      this.#node(id).takeSnapshot();
      return;
    }
    this.#requests.add(id, this.#boots[id] ?? 0, input.requestId);
    if (input.kind === 'read') this.#node(id).read();
    else this.#node(id).request(input.request);
  }

  #choose(id: number, local: RaftLocal, choice: number): void {
    const node = this.#node(id);
    const done = chosen(local, choice);
    switch (done.kind) {
      case 'sync':
        node.sync(done.count);
        return;
      case 'store':
        node.storeSnapshot(present(local.snapshotWrites[0], 'there is a snapshot to store').snapshot.index);
        return;
      case 'transfer': {
        const to = present(heirsOf(this.#scope, id, local)[done.heir], 'the choice is one of those');
        this.#requests.add(id, this.#boots[id] ?? 0, transferRequest);
        node.request({ type: 'transfer-leadership', to });
        this.#settleDisk(id);
        return;
      }
    }
  }

  /** What the disk keeps: as RaftActor has the crashes. */
  #crash(id: number, { snapshotWrites }: RaftLocal, which: number): void {
    const [first] = snapshotWrites;
    const ways = first === undefined ? 1 : 2;
    const keepsSnapshot = which % ways === 1;
    this.#node(id).crash(Math.floor(which / ways), keepsSnapshot ? (first?.snapshot.index ?? null) : null);
  }

  /** Where the scope has disks that take no time, what is written is synced at once. */
  #settleDisk(id: number): void {
    const node = this.#node(id);
    while (!this.#scope.lostWrites && node.failed === null) {
      const [index] = node.disk.unstored;
      if (node.disk.unsynced > 0) node.sync(node.disk.unsynced);
      else if (index !== undefined) node.storeSnapshot(index);
      else return;
    }
  }

  #boot(id: number, disk: Disk): void {
    const boot = (this.#boots[id] ?? 0) + 1;
    this.#boots[id] = boot;
    this.#requests.forget(id);
    const config = configsOf(this.#scope)[id] as Config;
    this.#nodes[id] = new ScriptedNode(config, boot, disk, this.#protocol, (to, message) => {
      this.#network.push({ from: id, to: this.#names.indexOf(to), message });
    });
  }

  #node(id: number): ScriptedNode {
    return present(this.#nodes[id], 'the node is one of the scope');
  }
}

function localOf(nodes: readonly NodeView<RaftLocal>[], id: number): RaftLocal {
  return present(nodes[id], 'the node is one of the scope').local;
}
