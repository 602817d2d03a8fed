import { type Command, Option } from 'commander';
import { strategies } from '../../model/search.ts';
import { checkModel } from '../model-check.ts';
import { addModelOptions, type ModelArguments, type SearchArguments } from '../model-options.ts';
import { addExploreCommand } from './model-explore.ts';

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
  addExploreCommand(model, exit);
}

const statusHelp = `
Exit status: 0 no counterexample in all that was asked for, 1 a counterexample, or no example in all there is, 2 the search
was cut before it had seen what was asked for, 254 bad usage, 255 the model checker failed.`;
