import type { ComponentMemory } from '../actors/component-store.ts';
import { type RaftModel, raftModel } from './raft-model.ts';
import type { RaftScope } from './scope.ts';

export interface RaftParameters {
  readonly scope: RaftScope;
}

/** For threads: see ModelFactory of parallel/load-model.ts. */
export function raftOf({ scope }: RaftParameters, memory?: unknown): RaftModel {
  return raftModel(scope, undefined, memory as ComponentMemory | undefined);
}

export const raftModule = import.meta.url;
