import { type Command, Option } from 'commander';
import { UsageError } from '../base/errors.ts';
import { type NetworkKind, networks } from '../model/actors/actor.ts';
import { inputsOf, mostInputs } from '../model/raft/inputs.ts';
import { mutantNamed, mutants } from '../model/raft/mutants.ts';
import { defaultScope, nodeNames, type RaftScope, raftLite } from '../model/raft/scope.ts';
import { isSymmetric } from '../model/raft/symmetry.ts';
import { sorted } from '../raft/protocol/configuration.ts';
import type { Configuration } from '../raft/protocol/entries.ts';
import { integerOption } from './run-options.ts';

/** The options that choose what the Raft model lets happen, as commander hands them over. */
export interface ScopeArguments {
  readonly nodes?: string;
  readonly members?: string;
  readonly network?: NetworkKind;
  readonly lossy?: boolean;
  readonly broadcasts?: string;
  readonly reads?: string;
  readonly retries?: string;
  readonly snapshots?: string;
  readonly keptEntries?: string;
  readonly change?: readonly string[];
  readonly transfers?: string;
  readonly crashes?: string;
  /** False with --no-recovery, and likewise. */
  readonly recovery: boolean;
  readonly lostWrites: boolean;
  readonly maxTerm?: string;
  readonly heartbeats?: string;
  readonly prevote?: boolean;
  readonly checkQuorum?: boolean;
  readonly symmetry?: boolean;
  readonly compat?: 'raft-lite';
  readonly mutant?: string;
}

export function addScopeOptions(command: Command): Command {
  return command
    .option('--nodes <count>', 'how many nodes, or resource managers (default: 3)')
    .option('--members <count>', 'how many of the nodes are members at first (default: all)')
    .addOption(
      new Option('--network <kind>', 'what the network does (default: unordered-nonduplicating)').choices(networks),
    )
    .option('--lossy', 'messages may be lost')
    .option('--broadcasts <count>', 'how many messages clients broadcast (default: 1)')
    .option('--reads <count>', 'how many reads clients ask for (default: 0)')
    .option('--retries <count>', 'how many messages a client broadcasts in a session, each of which may be sent again')
    .option('--snapshots <count>', 'how many snapshots nodes take (default: 0)')
    .option('--kept-entries <count>', 'how many entries before a snapshot stay in memory (default: 0)')
    .option('--change <members>', 'clients may ask for these members, as in n2,n3~; ~: a learner; repeatable', append)
    .option('--transfers <count>', 'how often a leader is asked to hand its office over (default: 0)')
    .option('--crashes <count>', 'how many crashes there are at most (default: 1)')
    .option('--no-recovery', 'who crashed stays down')
    .option('--no-lost-writes', 'what is written is durable at once, so that no crash loses anything')
    .option('--max-term <term>', 'no election begins a term beyond this one (default: 2)')
    .option('--heartbeats <count>', 'how many heartbeats a leader sends (default: 0)')
    .option('--prevote', 'candidates ask first whether they would be elected')
    .option('--check-quorum', 'leaders whom no quorum answers step down, and who hears from a leader does not vote')
    .option('--symmetry', 'visit one of all states that differ only in which node is which')
    .addOption(new Option('--compat <model>', 'the nondeterminism of another model').choices(['raft-lite']))
    .option('--mutant <name>', 'check a core with a fault planted, in a scope that shows it; docs/mutants.md has them');
}

function append(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** What only a scope of Raft that is put together by options has. */
export const scopeOnly = {
  members: '--members',
  lossy: '--lossy',
  broadcasts: '--broadcasts',
  reads: '--reads',
  retries: '--retries',
  snapshots: '--snapshots',
  keptEntries: '--kept-entries',
  change: '--change',
  transfers: '--transfers',
  crashes: '--crashes',
  recovery: '--no-recovery',
  lostWrites: '--no-lost-writes',
  maxTerm: '--max-term',
  heartbeats: '--heartbeats',
  prevote: '--prevote',
  checkQuorum: '--check-quorum',
  mutant: '--mutant',
} as const;

export function resolveScope(given: ScopeArguments): RaftScope {
  const base = given.mutant === undefined ? defaultScope : mutantScope(given.mutant);
  const nodes = whole('--nodes', given.nodes, base.nodes, 1, 9);
  refuseOtherBeginning(given, base, nodes);
  const network = given.network ?? base.network;
  if (given.compat === 'raft-lite') {
    // A mutant has a scope of its own, as this is one.
    const takes = '--compat raft-lite takes only --nodes, --network and --symmetry of the options of a model';
    refuse(given, scopeOnly, takes);
    return withSymmetry(raftLite(nodes, network, false), given.symmetry ?? base.symmetry);
  }
  const scope: RaftScope = {
    ...base,
    nodes,
    members: whole('--members', given.members, base.members === base.nodes ? nodes : base.members, 1, nodes),
    network,
    lossy: given.lossy ?? base.lossy,
    broadcasts: whole('--broadcasts', given.broadcasts, base.broadcasts, 0, 20),
    reads: whole('--reads', given.reads, base.reads, 0, 10),
    retries: whole('--retries', given.retries, base.retries, 0, 10),
    snapshots: whole('--snapshots', given.snapshots, base.snapshots, 0, 10),
    keptEntries: whole('--kept-entries', given.keptEntries, base.keptEntries, 0, 20),
    changes: given.change?.map((members) => parseMembers(members, nodes)) ?? base.changes,
    transfers: whole('--transfers', given.transfers, base.transfers, 0, 10),
    crashes: whole('--crashes', given.crashes, base.crashes, 0, 100),
    recovers: given.recovery && base.recovers,
    lostWrites: given.lostWrites && base.lostWrites,
    maxTerm: whole('--max-term', given.maxTerm, base.maxTerm, 1, 100),
    heartbeats: whole('--heartbeats', given.heartbeats, base.heartbeats, 0, 100),
    preVote: given.prevote ?? base.preVote,
    checkQuorum: given.checkQuorum ?? base.checkQuorum,
  };
  const asked = inputsOf(scope).length;
  if (asked > mostInputs) {
    throw new UsageError('bad-option', `clients ask for ${asked} things in all: at most ${mostInputs}`);
  }
  return withSymmetry(scope, given.symmetry ?? (base.symmetry && isSymmetric(scope)));
}

/** 120 orders: each state's fingerprint is the least over all of them. */
const mostAlike = 5;

function withSymmetry(scope: RaftScope, symmetry: boolean): RaftScope {
  const { nodes } = scope;
  if (symmetry && nodes > mostAlike) {
    throw new UsageError('bad-option', `--symmetry: ${nodes} nodes have too many orders; at most ${mostAlike} nodes`);
  }
  if (symmetry && !isSymmetric(scope)) {
    throw new UsageError('bad-option', '--symmetry: with --members or --change the nodes are not alike');
  }
  return { ...scope, symmetry };
}

function refuseOtherBeginning(given: ScopeArguments, { beginning, nodes }: RaftScope, asked: number): void {
  if (beginning === null) return;
  const has = `the mutant ${given.mutant} has disks for ${nodes} nodes`;
  if (asked !== nodes) throw new UsageError('bad-option', `--nodes ${asked}: ${has}`);
  if (given.members !== undefined) throw new UsageError('bad-option', `--members ${given.members}: ${has}`);
  if (given.retries !== undefined) throw new UsageError('bad-option', `--retries: ${has} without a session`);
}

function parseMembers(text: string, nodes: number): Configuration {
  const names = nodeNames(nodes);
  const members = text.split(',').map((word) => {
    const id = word.replace(/~$/, '');
    return { id, address: '', standing: word.endsWith('~') ? ('learner' as const) : ('voter' as const) };
  });
  const known = members.every(({ id }, at) => names.includes(id) && members.findIndex((m) => m.id === id) === at);
  if (known && members.some(({ standing }) => standing === 'voter')) return sorted(members);
  throw new UsageError('bad-option', `--change ${JSON.stringify(text)}: not members of a cluster`, {
    remedy: `Give some of ${names.join(', ')}, each once, as in n2,n3~; at least one that is no learner.`,
  });
}

function mutantScope(name: string): RaftScope {
  if (mutants.some((mutant) => mutant.name === name)) return mutantNamed(name).scope;
  throw new UsageError('bad-option', `--mutant ${JSON.stringify(name)}: there is no such mutant`, {
    remedy: `There are: ${mutants.map((mutant) => mutant.name).join(', ')}.`,
  });
}

/** Options that would be without effect: whoever gives one is told. */
export function refuse(given: ScopeArguments, options: Readonly<Record<string, string>>, takes: string): void {
  const values: Readonly<Record<string, unknown>> = { ...given };
  // Those that begin with --no are true unless given.
  const isGiven = (name: string): boolean =>
    name === 'recovery' || name === 'lostWrites' ? values[name] === false : values[name] !== undefined;
  const stray = Object.keys(options).filter(isGiven);
  if (stray.length === 0) return;
  throw new UsageError('bad-option', `${stray.map((name) => options[name]).join(', ')}: ${takes}`);
}

export function whole(name: string, given: string | undefined, base: number, low: number, high: number): number {
  return given === undefined ? base : integerOption(name, given, low, high);
}
