import { recover, step } from '../../raft/protocol/step.ts';
import type { Message } from '../../raft/protocol/types.ts';
import type { ActorSystem } from '../actors/actor.ts';
import { ActorModel } from '../actors/actor-model.ts';
import type { ComponentMemory } from '../actors/component-store.ts';
import type { RaftLocal } from './local-state.ts';
import { timerNames } from './node-run.ts';
import { firstRead, historyOf, type Past } from './past.ts';
import { raftProperties } from './properties.ts';
import { nodeNames, RaftActor, type RaftInput } from './raft-actor.ts';
import type { Protocol, RaftScope } from './scope.ts';
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

/** The request of a broadcast is numbered as its payload is: from 1 on. */
export function inputsOf({
  broadcasts,
  reads,
  compat,
}: RaftScope): ActorSystem<RaftLocal, Message, RaftInput, Past>['inputs'] {
  const ofBroadcasts = Array.from({ length: broadcasts }, (_, at) => ({
    to: compat === 'raft-lite' ? at : ('any' as const),
    after: compat === 'raft-lite' || at === 0 ? null : at - 1,
    input: { kind: 'broadcast' as const, requestId: at + 1, payload: Uint8Array.of(at + 1) },
  }));
  const ofReads = Array.from({ length: reads }, (_, at) => ({
    to: 'any' as const,
    after: at === 0 ? null : broadcasts + at - 1,
    input: { kind: 'read' as const, requestId: firstRead + at },
  }));
  return [...ofBroadcasts, ...ofReads];
}
