import { styleText } from 'node:util';
import { type ChaosError, UsageError } from '../base/errors.ts';
import type { Validity } from '../checker/verdict.ts';
import { exitStatus } from './exit-status.ts';

/** What a command prints to: results on standard output, everything else on standard error. */
export class Terminal {
  readonly #live = process.stderr.isTTY === true;
  #status = '';

  /** A line of the result. */
  print(line: string): void {
    this.#erase();
    process.stdout.write(`${line}\n`);
    this.#redraw();
  }

  /** The one document of `--json`. */
  printJson(document: unknown): void {
    this.#erase();
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  }

  /** A line about what is going on. */
  say(line: string): void {
    this.#erase();
    process.stderr.write(`${line}\n`);
    this.#redraw();
  }

  /** The line that is kept at the bottom while something goes on; only where a person looks on. */
  status(line: string): void {
    if (!this.#live) return;
    this.#erase();
    this.#status = line.slice(0, Math.max(20, (process.stderr.columns ?? 80) - 1));
    this.#redraw();
  }

  /** Says what went wrong and what to do, and returns the exit status that stands for it. */
  fail(error: ChaosError): number {
    this.status('');
    this.say(`raft-chaos: ${error.message}`);
    if (error.remedy !== undefined) this.say(`  ${error.remedy}`);
    return error instanceof UsageError ? exitStatus.usage : exitStatus.failure;
  }

  #erase(): void {
    if (this.#status !== '') process.stderr.write('\r\u001b[2K');
  }

  #redraw(): void {
    if (this.#status !== '') process.stderr.write(this.#status);
  }
}

export function verdictWord(valid: Validity): string {
  const [word, colour] =
    valid === 'unknown'
      ? (['UNKNOWN', 'yellow'] as const)
      : valid
        ? (['VALID', 'green'] as const)
        : (['INVALID', 'red'] as const);
  return coloured() ? styleText(['bold', colour], word) : word;
}

/** Told here rather than left to `styleText`, which on Node 20 asks neither the terminal nor NO_COLOR. */
function coloured(): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0';
  return process.stdout.isTTY === true;
}
