import type { EdnPlace, EdnValue } from './edn-values.ts';
import { ForeignHistory } from './foreign-history.ts';
import { parseJson, TooDeep } from './json.ts';
import type { ReadHistory } from './jsonl.ts';
import type { Operation } from './operation.ts';

/** A bracket or quote that is missing must not make the reader hold the rest of a file. */
const longestOperation = 1 << 24;

/** What may come where, beside blanks. */
type Expected = 'beginning' | 'first' | 'comma' | 'operation' | 'next' | 'nothing';

const expectations: Readonly<Record<Expected, { readonly characters: string; readonly inWords: string }>> = {
  beginning: { characters: '[{', inWords: 'an operation, an object, or an array of them' },
  first: { characters: '{]', inWords: 'an operation, an object' },
  comma: { characters: ',]', inWords: 'a comma or ] after an operation' },
  operation: { characters: '{', inWords: 'an operation, an object' },
  next: { characters: '{', inWords: 'an operation, an object' },
  nothing: { characters: '', inWords: 'nothing after the array' },
};

/**
 * Reads a history of Jepsen's in JSON, as elle-cli and the like take it: one array of operations, or one operation after
 * another, over as many lines as they like. What is missing or odd is as `ForeignHistory` says; an operation in the middle
 * of which the file ends is left out with a warning.
 */
export class JsonHistoryParser {
  readonly #history: ForeignHistory;
  #text = '';
  #at = 0;
  #line = 1;
  /** Where in `#text` the line began; negative where it did before it. */
  #lineStart = 0;
  #expected: Expected = 'beginning';
  #array: EdnPlace | null = null;
  /** Where the operation that is being read begins. */
  #open: { readonly place: EdnPlace; readonly start: number } | null = null;
  #depth = 0;
  #isInString = false;

  constructor(file: string) {
    this.#history = new ForeignHistory(file, remedy);
  }

  /** Takes the next piece of the text, which may end anywhere. */
  push(text: string): void {
    const kept = this.#open?.start ?? this.#at;
    this.#lineStart -= kept;
    this.#text = this.#text.slice(kept) + text;
    this.#at -= kept;
    if (this.#open !== null) this.#open = { ...this.#open, start: 0 };
    while (this.#open === null ? this.#readBetween() : this.#readWithin());
  }

  /** Hands over what has been read since the last time: for those who take a history piece by piece. */
  drain(): readonly Operation[] {
    return this.#history.drain();
  }

  /** Says that no more follows. */
  end(): ReadHistory {
    return this.#history.end(this.#open?.place ?? this.#array);
  }

  /** Reads the next character between operations; false where the text ends. */
  #readBetween(): boolean {
    const character = this.#text[this.#at];
    if (character === undefined) return false;
    const place = this.#place();
    this.#at++;
    if (character === '\n') this.#countLine(this.#at);
    if (/[\s\ufeff]/.test(character)) return true;
    const { characters, inWords } = expectations[this.#expected];
    if (!characters.includes(character)) {
      const found = this.#text.slice(this.#at - 1, this.#at + 19).split('\n', 1)[0];
      throw this.#history.bad(`expected ${inWords}, found ${found}`, place);
    }
    switch (character) {
      case '{':
        this.#open = { place, start: this.#at - 1 };
        this.#depth = 1;
        break;
      case '[':
        this.#array = place;
        this.#expected = 'first';
        break;
      case ',':
        this.#expected = 'operation';
        break;
      default:
        this.#array = null;
        this.#expected = 'nothing';
    }
    return true;
  }

  /** Reads on to the next bracket or quote of the operation; false where the text ends. */
  #readWithin(): boolean {
    const { place, start } = this.#open as { place: EdnPlace; start: number };
    const marks = this.#isInString ? inString : outsideStrings;
    marks.lastIndex = this.#at;
    const mark = marks.exec(this.#text)?.[0];
    this.#at = mark === undefined ? this.#text.length : marks.lastIndex;
    if (this.#at - start > longestOperation) {
      const what = `an operation of more than ${longestOperation} characters, whose closing quote or bracket may be missing`;
      throw this.#history.bad(what, place);
    }
    // What a backslash stands before may be in the next piece.
    if (mark === '\\' && this.#at === this.#text.length) {
      this.#at--;
      return false;
    }
    if (mark === '"') this.#isInString = !this.#isInString;
    else if (mark === '\\') this.#at++;
    else if (mark === '\n') this.#countLine(this.#at);
    else if (mark === '{' || mark === '[') this.#depth++;
    else if (mark !== undefined && --this.#depth === 0) this.#take(start, place);
    return mark !== undefined;
  }

  #take(start: number, place: EdnPlace): void {
    const text = this.#text.slice(start, this.#at);
    this.#open = null;
    this.#expected = this.#array === null ? 'next' : 'comma';
    let form: unknown;
    try {
      form = parseJson(text);
    } catch (thrown) {
      const { message } = thrown as Error;
      const position =
        thrown instanceof TooDeep ? thrown.column - 1 : Number(/ at position (\d+)/.exec(message)?.[1] ?? 0);
      throw this.#history.bad(
        thrown instanceof TooDeep ? message : `not JSON: ${message}`,
        within(text, position, place),
      );
    }
    this.#history.take(form as EdnValue, place);
  }

  #place(): EdnPlace {
    return { line: this.#line, column: this.#at - this.#lineStart + 1 };
  }

  #countLine(start: number): void {
    this.#line++;
    this.#lineStart = start;
  }
}

const outsideStrings = /["{}[\]\n]/g;
const inString = /["\\\n]/g;

/** Of a position in the text of an operation, its place in the file. */
function within(text: string, position: number, { line, column }: EdnPlace): EdnPlace {
  const lines = text.slice(0, position).split('\n');
  const last = lines.at(-1) ?? '';
  return lines.length === 1
    ? { line, column: column + last.length }
    : { line: line + lines.length - 1, column: last.length + 1 };
}

const remedy =
  'Each operation must be an object such as {"type":"invoke","process":0,"f":"read","value":null}, in one array or one ' +
  'after another; correct it, or name another format with --format.';
