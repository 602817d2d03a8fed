import { availableParallelism, freemem } from 'node:os';
import { type Command, Option } from 'commander';
import { parseDurationMs } from '../base/duration.ts';
import type { SystemState } from '../model/actors/state-hash.ts';
import type { ActorAction } from '../model/actors/transitions.ts';
import type { Model } from '../model/model.ts';
import { builtModule } from '../model/parallel/load-model.ts';
import type { ModelSource } from '../model/parallel/messages.ts';
import type { Path } from '../model/path.ts';
import { replayOnDrivers } from '../model/raft/replay.ts';
import { protocolOf, type RaftParameters, raftModule, raftOf } from '../model/raft/source.ts';
import type { Strategy } from '../model/search.ts';
import { twoPhaseCommit, twoPhaseModule } from '../model/two-phase-commit.ts';
import { memoryBytes } from './check-options.ts';
import { addScopeOptions, refuse, resolveScope, type ScopeArguments, scopeOnly, whole } from './model-scope.ts';
import { integerOption } from './run-options.ts';

/** The options that choose a model, as commander hands them over; those that are not given are undefined. */
export interface ModelArguments extends ScopeArguments {
  readonly model: 'raft' | 'two-phase-commit';
}

export interface ChosenModel {
  readonly model: Model<unknown, unknown>;
  readonly source: ModelSource;
  /** Replays a path on the library's own driver; throws where that differs from the model. Null where there is no driver. */
  readonly replay: ((path: Path<unknown, unknown>) => void) | null;
}

/** The options of the search. */
export interface SearchArguments {
  readonly search: Strategy;
  readonly depth?: string;
  readonly workers?: string;
  readonly time?: string;
  readonly memory?: string;
  readonly walks: string;
  readonly seed: string;
}

export interface SearchSettings {
  readonly strategy: Strategy;
  readonly depth: number | null;
  readonly workers: number;
  readonly timeMs: number | null;
  readonly memoryBytes: number;
  readonly walks: number;
  readonly seed: number;
}

/** What chooses a model: the same for all that can be done with one. */
export function addModelOptions(command: Command): Command {
  const which = new Option('--model <name>', 'which model').choices(['raft', 'two-phase-commit']).default('raft');
  return addScopeOptions(command.addOption(which));
}

/** Throws a UsageError for options that do not fit together. */
export function resolveModel(given: ModelArguments): ChosenModel {
  if (given.model === 'two-phase-commit') return resolveTwoPhaseCommit(given);
  const parameters: RaftParameters = { scope: resolveScope(given), mutant: given.mutant ?? null };
  const source = { module: builtModule(raftModule), factory: raftOf.name, parameters };
  const model = raftOf(parameters);
  const replay = (path: Path<unknown, unknown>): void =>
    replayOnDrivers(model, parameters.scope, protocolOf(parameters), path as Path<SystemState, ActorAction>);
  return { model: model as Model<unknown, unknown>, source, replay };
}

export function resolveSearch(given: SearchArguments, defaultDepth: number | null): SearchSettings {
  const { search, depth, workers, time, memory, walks, seed } = given;
  return {
    strategy: search,
    depth: depth === undefined ? defaultDepth : depth === 'none' ? null : integerOption('--depth', depth, 1, 1_000_000),
    workers: workers === undefined ? availableParallelism() : integerOption('--workers', workers, 1, 256),
    timeMs: time === undefined ? null : parseDurationMs(time, '--time'),
    memoryBytes: memory === undefined ? Math.floor(freemem() * 0.75) : memoryBytes(memory),
    walks: integerOption('--walks', walks, 1, 1_000_000_000),
    seed: integerOption('--seed', seed, 0, 0xffffffff),
  };
}

function resolveTwoPhaseCommit(given: ModelArguments): ChosenModel {
  const { model, nodes, symmetry } = given;
  refuse(given, raftOnly, `--model ${model} takes only --nodes and --symmetry of the options of a model`);
  const managers = whole('--nodes', nodes, 3, 1, 20);
  const parameters = { managers, symmetry: symmetry ?? false };
  const source = { module: builtModule(twoPhaseModule), factory: twoPhaseCommit.name, parameters };
  return { model: twoPhaseCommit(parameters) as Model<unknown, unknown>, source, replay: null };
}

const raftOnly = { ...scopeOnly, network: '--network', compat: '--compat' } as const;
