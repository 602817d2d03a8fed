import type { Message } from '../../raft/protocol/messages.ts';
import { recover, step } from '../../raft/protocol/step.ts';
import type { ActorSystem } from '../actors/actor.ts';
import { ActorModel } from '../actors/actor-model.ts';
import type { ComponentMemory } from '../actors/component-store.ts';
import { inputsOf, type RaftInput } from './inputs.ts';
import type { RaftLocal } from './local-state.ts';
import { timerNames } from './node-run.ts';
import { historyOf, type Past } from './past.ts';
import { raftProperties } from './properties.ts';
import { RaftActor } from './raft-actor.ts';
import { nodeNames, type Protocol, type RaftScope } from './scope.ts';
import { raftSymmetry } from './symmetry.ts';
import { raftWords } from './words.ts';

export type RaftModel = ActorModel<RaftLocal, Message, RaftInput, Past>;

/** The shipped core under every order of events that the scope allows. Another protocol only to see a mutant found. */
export function raftModel(
  scope: RaftScope,
  protocol: Protocol = { step, recover },
  memory?: ComponentMemory,
): RaftModel {
  const system: ActorSystem<RaftLocal, Message, RaftInput, Past> = {
    name: `Raft, ${scope.nodes} nodes`,
    names: nodeNames(scope.nodes),
    actor: new RaftActor(scope, protocol),
    timers: timerNames,
    network: scope.network,
    lossy: scope.lossy,
    inputs: inputsOf(scope),
    maxCrashes: scope.crashes,
    recovers: scope.recovers,
    history: historyOf(scope),
    properties: raftProperties(scope),
    symmetry: scope.symmetry ? raftSymmetry(scope) : null,
    words: raftWords,
  };
  return new ActorModel(system, memory);
}
