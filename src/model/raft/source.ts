import { recover, step } from '../../raft/protocol/step.ts';
import type { ComponentMemory } from '../actors/component-store.ts';
import { mutantNamed } from './mutants.ts';
import { type RaftModel, raftModel } from './raft-model.ts';
import type { Protocol, RaftScope } from './scope.ts';

export interface RaftParameters {
  readonly scope: RaftScope;
  /** The name of a mutant; null for the shipped core. */
  readonly mutant: string | null;
}

/** For threads: see ModelFactory of parallel/load-model.ts. */
export function raftOf(parameters: RaftParameters, memory?: unknown): RaftModel {
  return raftModel(parameters.scope, protocolOf(parameters), memory as ComponentMemory | undefined);
}

export function protocolOf({ mutant }: RaftParameters): Protocol {
  return mutant === null ? { step, recover } : mutantNamed(mutant).protocol;
}

export const raftModule = import.meta.url;
