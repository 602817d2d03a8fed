import { type Command, Option } from 'commander';
import { networks } from '../../model/actors/actor.ts';
import { strategies } from '../../model/search.ts';
import { checkModel } from '../model-check.ts';
import type { ModelArguments, SearchArguments } from '../model-options.ts';
import { addExploreOptions } from './model-explore.ts';

/** `model`, and what can be done with one. */
export function addModelCommand(program: Command, exit: (status: number) => void): void {
  const model = program.command('model').description('check the protocol itself: every order of events, up to a depth');
  const check = model.command('check').description('search the states of a model, and say which properties hold');
  addModelOptions(check)
    .option('--depth <count>', 'the longest path, counted in states; none for no limit (default: 10, of raft)')
    .addOption(new Option('--search <strategy>', 'how to go about it').choices(strategies).default('bfs'))
    .option('--workers <count>', 'how many threads search (default: one for each core)')
    .option('--time <duration>', 'how long the search may take; no limit unless given')
    .option('--memory <bytes>', 'how much memory it may take, such as 2G (default: three quarters of what is free)')
    .option('--walks <count>', 'how many walks --search simulation makes', '10000')
    .option('--seed <number>', 'the seed of these walks', '0')
    .option('--diagram <file>', 'draw the counterexample, or else the last example, as a sequence diagram (SVG)')
    .option('--json', 'print one JSON document instead of text')
    .addHelpText('after', statusHelp)
    .action(async (given: ModelArguments & SearchArguments & { diagram?: string; json?: boolean }) =>
      exit(await checkModel(given)),
    );
  addExploreOptions(addModelOptions(model.command('explore')), exit);
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

const statusHelp = `
Exit status: 0 no counterexample in all that was asked for, 1 a counterexample, or no example in all there is, 2 the search
was cut before it had seen what was asked for, 254 bad usage, 255 the model checker failed.`;
