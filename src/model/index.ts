/**
 * `raft-chaos/model`: a model checker. A model says which states there are and what leads from one to the next; a search
 * visits them and says which properties hold. `docs/model.md` explains how to write one.
 */
export { searchBreadthFirst } from './breadth-first.ts';
export type { DiagramStep, Expectation, Model, Property } from './model.ts';
export { fingerprintsOf, type Path, type PathStep, pathOfFingerprints } from './path.ts';
export { plainModel, type Rules } from './plain-model.ts';
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
export { twoPhaseCommit } from './two-phase-commit.ts';
