/**
 * `raft-chaos/model`: a model checker. A model says which states there are and what leads from one to the next; a search
 * visits them and says which properties hold. `docs/model.md` explains how to write one.
 */
export {
  type Actor,
  type ActorProperty,
  type ActorSymmetry,
  type ActorSystem,
  type ActorWords,
  type Command,
  type History,
  type NetworkKind,
  type NodeView,
  networks,
  type Reaction,
  type SystemView,
} from './actors/actor.ts';
export { ActorModel } from './actors/actor-model.ts';
export type { ComponentMemory } from './actors/component-store.ts';
export type { SystemState } from './actors/state-hash.ts';
export type { ActorAction } from './actors/transitions.ts';
export { searchBreadthFirst } from './breadth-first.ts';
export { searchDepthFirst } from './depth-first.ts';
export type { DiagramStep, Expectation, Model, Property } from './model.ts';
export type { ModelFactory } from './parallel/load-model.ts';
export type { ModelSource } from './parallel/messages.ts';
export { type ParallelOptions, searchInParallel } from './parallel/search-in-parallel.ts';
export { fingerprintsOf, type Path, type PathStep, pathOfFingerprints, statesAlong } from './path.ts';
export { plainModel, type Rules } from './plain-model.ts';
export { type RaftModel, raftModel } from './raft/raft-model.ts';
export { defaultScope, type Protocol, type RaftScope, raftLite } from './raft/scope.ts';
export {
  type Cut,
  type Finding,
  type Limits,
  type Outcome,
  outcomeOf,
  type Progress,
  type SearchResult,
  type Strategy,
} from './search.ts';
export { diagramSteps, sequenceDiagram } from './sequence-diagram.ts';
export { simulate } from './simulation.ts';
export { twoPhaseCommit } from './two-phase-commit.ts';
