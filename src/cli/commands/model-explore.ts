import type { Command } from 'commander';
import { parseDurationMs } from '../../base/duration.ts';
import { serveExplorer } from '../../model/explorer/server.ts';
import { memoryBytes } from '../check-options.ts';
import { exitStatus } from '../exit-status.ts';
import { addModelOptions, type ModelArguments, resolveModel } from '../model-options.ts';
import { integerOption } from '../run-options.ts';
import { Terminal } from '../terminal.ts';

interface ExploreArguments extends ModelArguments {
  readonly port: string;
  readonly depth: string;
  readonly time: string;
  readonly memory: string;
}

/** Beside `check`, under `model`. */
export function addExploreCommand(model: Command, exit: (status: number) => void): void {
  const explore = model
    .command('explore')
    .description('step through the states of a model by hand, in a page on this machine');
  addModelOptions(explore)
    .option('--port <number>', 'where the page is served, on 127.0.0.1 alone; 0 for any that is free', '7238')
    .option('--depth <count>', 'how far the search in the background goes: the longest path, counted in states', '12')
    .option('--time <duration>', 'how long it may search', '60')
    .option('--memory <bytes>', 'how much memory it may take, such as 2G', '1G')
    .addHelpText('after', endHelp)
    .action(async (given: ExploreArguments) => exit(await exploreModel(given, commandOf(explore))));
}

const endHelp = `
Ctrl-C ends it. A path that \`raft-chaos model check\` has printed is opened by the address of the page, #/ and that path,
where both were given the same options of the model.`;

async function exploreModel(given: ExploreArguments, command: string): Promise<number> {
  const terminal = new Terminal();
  const port = integerOption('--port', given.port, 0, 65535);
  const bounds = {
    depth: integerOption('--depth', given.depth, 1, 1_000_000),
    timeMs: parseDurationMs(given.time, '--time'),
    memoryBytes: memoryBytes(given.memory),
  };
  const { model } = resolveModel(given);
  const explorer = await serveExplorer(model, { port, bounds, command });
  terminal.print(explorer.url);
  terminal.say('open it in a browser; Ctrl-C ends it');
  await interrupted();
  await explorer.close();
  return exitStatus.valid;
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

/** The command that explores the same model, as the page shows it: links are good for that alone. */
function commandOf(explore: Command): string {
  const given = explore.options.filter((option) => explore.getOptionValueSource(option.attributeName()) === 'cli');
  const words = given.map((option) => {
    const value: unknown = explore.getOptionValue(option.attributeName());
    return typeof value === 'boolean' ? option.long : `${option.long} ${value}`;
  });
  return ['raft-chaos model explore', ...words].join(' ');
}
