import type { ComponentMemory } from '../actors/component-store.ts';
import { mutantNamed } from './mutants.ts';
import { type RaftModel, raftModel } from './raft-model.ts';
import type { RaftScope } from './scope.ts';

export interface RaftParameters {
  readonly scope: RaftScope;
  /** The name of a mutant; null for the shipped core. */
  readonly mutant: string | null;
}

/** For threads: see ModelFactory of parallel/load-model.ts. */
export function raftOf({ scope, mutant }: RaftParameters, memory?: unknown): RaftModel {
  const protocol = mutant === null ? undefined : mutantNamed(mutant).protocol;
  return raftModel(scope, protocol, memory as ComponentMemory | undefined);
}

export const raftModule = import.meta.url;
