import { UsageError } from '../base/errors.ts';
import { parseEdn } from './edn.ts';
import { EdnError, type EdnValue } from './edn-values.ts';
import type { ReadHistory } from './jsonl.ts';
import type { Operation, OperationType } from './operation.ts';
import { HistorySequence } from './sequence.ts';

/**
 * Reads a log of Jepsen's as Porcupine's tests hold them: lines such as `INFO  jepsen.util - 3	:invoke	:cas	[1 2]`, where a
 * completion may have an error (`:timed-out`) for a value. Lines of other origin in the same log are passed over, with a
 * warning. Whatever else is wrong throws a UsageError `bad-history` with file and line.
 */
export class PorcupineLogParser {
  readonly #file: string;
  readonly #sequence = new HistorySequence();
  #operations: Operation[] = [];
  #count = 0;
  #line = 0;
  #passedOver = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** Takes the next line, without its line break. */
  line(text: string): void {
    this.#line++;
    if (text.trim() === '') return;
    const parts = /^.*?\bjepsen\.util - (\S+)\s+:(\S+)\s+:(\S+)\s+(\S.*?)\s*$/.exec(text);
    if (parts === null) {
      if (/\bjepsen\.util - /.test(text))
        throw this.#bad('expected process, :type, :f and value, with tabs between them');
      this.#passedOver++;
      return;
    }
    const [, who = '', type = '', f = '', value = ''] = parts;
    const process = who === ':nemesis' ? 'nemesis' : Number(who);
    if (process !== 'nemesis' && !/^\d+$/.test(who))
      throw this.#bad(`expected a process number or :nemesis, found ${who}`);
    if (!isType(type)) throw this.#bad(`expected :invoke, :ok, :fail or :info, found :${type}`);
    const operation: Operation = { index: this.#count, type, process, f, ...this.#valueOf(value, type, process) };
    const problem = this.#sequence.problem(operation, this.#line);
    if (problem !== null) throw this.#bad(problem);
    this.#operations.push(operation);
    this.#count++;
  }

  /** Hands over what has been read since the last time: for those who take a history piece by piece. */
  drain(): readonly Operation[] {
    const operations = this.#operations;
    this.#operations = [];
    return operations;
  }

  /** Says that no line follows. */
  end(): ReadHistory {
    if (this.#count === 0) throw this.#bad('no line of the file is an operation');
    const what = `${this.#passedOver} lines are no operations and were passed over`;
    return { operations: this.#operations, warnings: this.#passedOver === 0 ? [] : [`${this.#file}: ${what}`] };
  }

  #valueOf(text: string, type: OperationType, process: Operation['process']): Pick<Operation, 'value' | 'error'> {
    // What a nemesis says of itself is free text.
    if (process === 'nemesis') return { value: text };
    if ((type === 'fail' || type === 'info') && text.startsWith(':')) {
      const code = text.slice(1);
      return { error: { code, message: code } };
    }
    return { value: this.#edn(text) };
  }

  #edn(text: string): EdnValue {
    try {
      return parseEdn(text);
    } catch (thrown) {
      if (!(thrown instanceof EdnError)) throw thrown;
      throw this.#bad(`expected a value, found ${text.slice(0, 60)}: ${thrown.message}`);
    }
  }

  #bad(found: string): UsageError {
    return new UsageError('bad-history', `${this.#file}, line ${this.#line}: ${found}`, { remedy });
  }
}

const remedy =
  'Each line must be like "INFO  jepsen.util - 0\t:invoke\t:read\tnil"; correct it, or name another format with --format.';

function isType(type: string): type is OperationType {
  return type === 'invoke' || type === 'ok' || type === 'fail' || type === 'info';
}
