import { createWriteStream, existsSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { asChaosError, ChaosError, UsageError } from '../../base/errors.ts';
import { readRunHistory } from '../../controller/stored-history.ts';
import { ednLines, isIndependent } from '../../history/edn-writer.ts';
import { historyFormats } from '../../history/format.ts';
import type { Operation } from '../../history/operation.ts';
import { readHistory } from '../../history/read-file.ts';
import { formatOperation } from '../../history/writer.ts';
import type { CheckArguments } from '../check-options.ts';
import { exitStatus } from '../exit-status.ts';
import { Terminal } from '../terminal.ts';

interface ExportArguments {
  readonly format: 'edn' | 'jsonl';
  readonly from: CheckArguments['format'];
  readonly output?: string;
}

export function addExportCommand(program: Command, exit: (status: number) => void): void {
  program
    .command('export')
    .description(
      "write the history of a run, or one from elsewhere, for other tools: Elle and Knossos read Jepsen's edn",
    )
    .argument('<path>', 'the folder of a run, or the file of a history')
    .addOption(new Option('--format <format>', 'to write').choices(['edn', 'jsonl']).makeOptionMandatory())
    .addOption(new Option('--from <format>', 'of the file').choices(['auto', ...historyFormats]).default('auto'))
    .option('--output <file>', 'where to write it; to standard output unless given')
    .action(async (path: string, given: ExportArguments) => exit(await exportHistory(path, given)));
}

async function exportHistory(path: string, { format, from, output }: ExportArguments): Promise<number> {
  const terminal = new Terminal();
  if (!existsSync(path)) {
    throw new UsageError('no-history', `there is no file or folder ${path}`, {
      remedy: 'Name the folder of a run, such as runs/latest, or a history file.',
    });
  }
  const { operations, warnings } = statSync(path).isDirectory() ? readRunHistory(path) : readHistory(path, from);
  for (const warning of warnings) terminal.say(`warning: ${warning}`);
  const lines = format === 'edn' ? ednLines(operations, isIndependent(operations)) : jsonLines(operations);
  await write(lines, output);
  return exitStatus.valid;
}

function* jsonLines(operations: readonly Operation[]): Generator<string> {
  for (const operation of operations) yield formatOperation(operation);
}

async function write(lines: Iterable<string>, output: string | undefined): Promise<void> {
  const text = Readable.from(pieces(lines), { objectMode: true });
  try {
    if (output === undefined) await pipeline(text, process.stdout, { end: false });
    else await pipeline(text, createWriteStream(output));
  } catch (thrown) {
    const { code, message } = asChaosError(thrown, `cannot write ${output ?? 'to standard output'}`);
    // Whoever reads has seen enough.
    if (output === undefined && code === 'EPIPE') return;
    throw new ChaosError(code, message, {
      remedy: 'Name a file that can be written to, with --output.',
      cause: thrown,
    });
  }
}

const pieceLength = 1 << 16;

/** Many lines at once, which is far quicker to write. */
function* pieces(lines: Iterable<string>): Generator<string> {
  let piece = '';
  for (const line of lines) {
    piece += line;
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
