import { availableParallelism, freemem } from 'node:os';
import { type Command, Option } from 'commander';
import { parseDurationMs } from '../base/duration.ts';
import { UsageError } from '../base/errors.ts';
import { type NetworkKind, networks } from '../model/actors/actor.ts';
import type { SystemState } from '../model/actors/state-hash.ts';
import type { ActorAction } from '../model/actors/transitions.ts';
import type { Model } from '../model/model.ts';
import { builtModule } from '../model/parallel/load-model.ts';
import type { ModelSource } from '../model/parallel/messages.ts';
import type { Path } from '../model/path.ts';
import { mutantNamed, mutants } from '../model/raft/mutants.ts';
import { replayOnDrivers } from '../model/raft/replay.ts';
import { defaultScope, type RaftScope, raftLite } from '../model/raft/scope.ts';
import { protocolOf, type RaftParameters, raftModule, raftOf } from '../model/raft/source.ts';
import type { Strategy } from '../model/search.ts';
import { twoPhaseCommit, twoPhaseModule } from '../model/two-phase-commit.ts';
import { memoryBytes } from './check-options.ts';
import { integerOption } from './run-options.ts';

/** The options that choose a model, as commander hands them over; those that are not given are undefined. */
export interface ModelArguments {
  readonly model: 'raft' | 'two-phase-commit';
  readonly nodes?: string;
  readonly network?: NetworkKind;
  readonly lossy?: boolean;
  readonly broadcasts?: string;
  readonly reads?: string;
  readonly crashes?: string;
  /** False with --no-recovery, and likewise. */
  readonly recovery: boolean;
  readonly lostWrites: boolean;
  readonly maxTerm?: string;
  readonly heartbeats?: string;
  readonly symmetry?: boolean;
  readonly compat?: 'raft-lite';
  readonly mutant?: string;
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
  return command
    .addOption(new Option('--model <name>', 'which model').choices(['raft', 'two-phase-commit']).default('raft'))
    .option('--nodes <count>', 'how many nodes, or resource managers (default: 3)')
    .addOption(
      new Option('--network <kind>', 'what the network does (default: unordered-nonduplicating)').choices(networks),
    )
    .option('--lossy', 'messages may be lost')
    .option('--broadcasts <count>', 'how many messages clients broadcast (default: 1)')
    .option('--reads <count>', 'how many reads clients ask for (default: 0)')
    .option('--crashes <count>', 'how many crashes there are at most (default: 1)')
    .option('--no-recovery', 'who crashed stays down')
    .option('--no-lost-writes', 'what is written is durable at once, so that no crash loses anything')
    .option('--max-term <term>', 'no election begins a term beyond this one (default: 2)')
    .option('--heartbeats <count>', 'how many heartbeats a leader sends (default: 0)')
    .option('--symmetry', 'visit one of all states that differ only in which node is which')
    .addOption(new Option('--compat <model>', 'the nondeterminism of another model').choices(['raft-lite']))
    .option('--mutant <name>', 'check a core with a fault planted, in a scope that shows it; docs/mutants.md has them');
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

function resolveScope(given: ModelArguments): RaftScope {
  const base = given.mutant === undefined ? defaultScope : mutantScope(given.mutant);
  const nodes = whole('--nodes', given.nodes, base.nodes, 1, 9);
  if (base.disks !== null && nodes !== base.nodes) {
    throw new UsageError(
      'bad-option',
      `--nodes ${nodes}: the mutant ${given.mutant} has disks for ${base.nodes} nodes`,
    );
  }
  const network = given.network ?? base.network;
  const symmetry = given.symmetry ?? base.symmetry;
  if (symmetry && nodes > mostAlike) {
    throw new UsageError('bad-option', `--symmetry: ${nodes} nodes have too many orders; at most ${mostAlike} nodes`);
  }
  if (given.compat === 'raft-lite') {
    // A mutant has a scope of its own, as this is one.
    refuse(
      given,
      scopeOnly,
      '--compat raft-lite takes only --nodes, --network and --symmetry of the options of a model',
    );
    return raftLite(nodes, network, symmetry);
  }
  return {
    ...base,
    nodes,
    network,
    symmetry,
    lossy: given.lossy ?? base.lossy,
    broadcasts: whole('--broadcasts', given.broadcasts, base.broadcasts, 0, 20),
    reads: whole('--reads', given.reads, base.reads, 0, 10),
    crashes: whole('--crashes', given.crashes, base.crashes, 0, 100),
    recovers: given.recovery && base.recovers,
    lostWrites: given.lostWrites && base.lostWrites,
    maxTerm: whole('--max-term', given.maxTerm, base.maxTerm, 1, 100),
    heartbeats: whole('--heartbeats', given.heartbeats, base.heartbeats, 0, 100),
  };
}

/** 120 orders: each state's fingerprint is the least over all of them. */
const mostAlike = 5;

function mutantScope(name: string): RaftScope {
  if (mutants.some((mutant) => mutant.name === name)) return mutantNamed(name).scope;
  throw new UsageError('bad-option', `--mutant ${JSON.stringify(name)}: there is no such mutant`, {
    remedy: `There are: ${mutants.map((mutant) => mutant.name).join(', ')}.`,
  });
}

function resolveTwoPhaseCommit(given: ModelArguments): ChosenModel {
  const { model, nodes, symmetry } = given;
  refuse(given, raftOnly, `--model ${model} takes only --nodes and --symmetry of the options of a model`);
  const managers = whole('--nodes', nodes, 3, 1, 20);
  const parameters = { managers, symmetry: symmetry ?? false };
  const source = { module: builtModule(twoPhaseModule), factory: twoPhaseCommit.name, parameters };
  return { model: twoPhaseCommit(parameters) as Model<unknown, unknown>, source, replay: null };
}

/** What only a scope of Raft that is put together by options has. */
const scopeOnly = {
  lossy: '--lossy',
  broadcasts: '--broadcasts',
  reads: '--reads',
  crashes: '--crashes',
  recovery: '--no-recovery',
  lostWrites: '--no-lost-writes',
  maxTerm: '--max-term',
  heartbeats: '--heartbeats',
  mutant: '--mutant',
} as const;
const raftOnly = { ...scopeOnly, network: '--network', compat: '--compat' } as const;

/** Options that would be without effect: whoever gives one is told. */
function refuse(given: ModelArguments, options: Readonly<Record<string, string>>, takes: string): void {
  const values: Readonly<Record<string, unknown>> = { ...given };
  // Those that begin with --no are true unless given.
  const isGiven = (name: string): boolean =>
    name === 'recovery' || name === 'lostWrites' ? values[name] === false : values[name] !== undefined;
  const stray = Object.keys(options).filter(isGiven);
  if (stray.length === 0) return;
  throw new UsageError('bad-option', `${stray.map((name) => options[name]).join(', ')}: ${takes}`);
}

function whole(name: string, given: string | undefined, base: number, low: number, high: number): number {
  return given === undefined ? base : integerOption(name, given, low, high);
}
