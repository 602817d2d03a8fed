import {
  characterOf,
  EdnError,
  type EdnPlace,
  type EdnValue,
  mapOf,
  ownText,
  symbolicNumbers,
  taggedValue,
  unescaped,
  valueOfToken,
} from './edn-values.ts';
import { deepestNesting } from './json.ts';

/** The value of a text that is one form. Throws an EdnError. */
export function parseEdn(text: string): EdnValue {
  const forms: EdnValue[] = [];
  const reader = new EdnReader((form) => forms.push(form), 'whole forms');
  reader.push(text);
  const open = reader.end();
  if (open !== null) throw new EdnError('the text ends within a form', open);
  const [form] = forms;
  if (forms.length !== 1 || form === undefined) {
    throw new EdnError(`expected one form, found ${forms.length}`, { line: 1, column: 1 });
  }
  return form;
}

type Frame = {
  /** `skip`: the next form is not wanted. `tag`: the next form is tagged. `spread`: each form in it is handed over. */
  readonly kind: 'list' | 'vector' | 'map' | 'set' | 'spread list' | 'spread vector' | 'skip' | 'tag';
  readonly place: EdnPlace;
  readonly items: EdnValue[];
  /** Of a `tag`, its name. */
  readonly tag?: string;
};

const closings: Readonly<Record<string, readonly Frame['kind'][]>> = {
  ')': ['list', 'spread list'],
  ']': ['vector', 'spread vector'],
  '}': ['map', 'set'],
};

/** A quote that is missing or too many must not make the reader hold the rest of a file, or look through it again and again. */
const longestString = 1 << 24;
const longestToken = 1 << 12;

/**
 * Reads EDN piece by piece, and hands over each form when it is complete: with `elements`, those within an outermost
 * vector or list each by itself, so that a file of one long vector needs no more memory than one of many forms.
 */
export class EdnReader {
  readonly #emit: (form: EdnValue, place: EdnPlace) => void;
  readonly #spreads: boolean;
  readonly #stack: Frame[] = [];
  #text = '';
  #at = 0;
  #line = 1;
  /** Where in `#text` the line began; negative where it did before it. */
  #lineStart = 0;

  constructor(emit: (form: EdnValue, place: EdnPlace) => void, what: 'elements' | 'whole forms') {
    this.#emit = emit;
    this.#spreads = what === 'elements';
  }

  /** Takes the next piece of the text, which may end anywhere. Throws an EdnError. */
  push(text: string): void {
    this.#lineStart -= this.#at;
    this.#text = this.#text.slice(this.#at) + text;
    this.#at = 0;
    while (this.#readNext(false));
  }

  /** Says that no more follows. Returns where the form begins that was not complete, or null. */
  end(): EdnPlace | null {
    while (this.#readNext(true));
    if (this.#at < this.#text.length) return this.#place();
    return this.#stack.findLast(({ kind }) => !kind.startsWith('spread'))?.place ?? this.#stack[0]?.place ?? null;
  }

  /** Reads what comes next; false where the text does not hold it to its end. */
  #readNext(isLast: boolean): boolean {
    this.#skipBlanks();
    const character = this.#text[this.#at];
    if (character === undefined) return false;
    const place = this.#place();
    switch (character) {
      case ';':
        return this.#skipComment(isLast);
      case '"':
        return this.#readString(place, false);
      case '(':
      case '[':
      case '{':
        this.#at++;
        this.#open(character === '(' ? 'list' : character === '[' ? 'vector' : 'map', place);
        return true;
      case ')':
      case ']':
      case '}':
        this.#at++;
        this.#close(character, place);
        return true;
      case '^':
        this.#at++;
        this.#push({ kind: 'skip', place, items: [] });
        return true;
      case '\\':
        return this.#readCharacter(place, isLast);
      case '#':
        return this.#readDispatch(place, isLast);
      default:
        return this.#readToken(place, isLast);
    }
  }

  #place(): EdnPlace {
    return { line: this.#line, column: this.#at - this.#lineStart + 1 };
  }

  #skipBlanks(): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === newline) this.#countLine(this.#at);
      else if (code > space && code !== comma && code !== byteOrderMark) return;
    }
  }

  #countLine(at: number): void {
    this.#line++;
    this.#lineStart = at + 1;
  }

  #skipComment(isLast: boolean): boolean {
    const end = this.#text.indexOf('\n', this.#at);
    if (end < 0 && !isLast) return false;
    this.#at = end < 0 ? this.#text.length : end;
    return true;
  }

  #readString(place: EdnPlace, isPattern: boolean): boolean {
    const start = this.#at + (isPattern ? 2 : 1);
    const end = this.#stringEnd(start);
    if (end > start + longestString || (end < 0 && this.#text.length > start + longestString)) {
      throw new EdnError(
        `a string of more than ${longestString} characters, whose closing quote may be missing`,
        place,
      );
    }
    if (end < 0) return false;
    for (let at = this.#text.indexOf('\n', start); at >= 0 && at < end; at = this.#text.indexOf('\n', at + 1)) {
      this.#countLine(at);
    }
    const raw = this.#text.slice(start, end);
    this.#at = end + 1;
    this.#deliver(isPattern ? ownText(raw) : unescaped(raw), place);
    return true;
  }

  /** Where the closing quote is; negative where the text does not hold it. */
  #stringEnd(start: number): number {
    for (let at = start; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === quote) return at;
      if (code === backslash) at++;
    }
    return -1;
  }

  #readCharacter(place: EdnPlace, isLast: boolean): boolean {
    // The character itself may be one that would end a token.
    const end = this.#tokenEnd(this.#at + 2);
    if (end >= this.#text.length && !isLast) return false;
    const name = this.#text.slice(this.#at + 1, end);
    this.#at = end;
    this.#deliver(characterOf(name), place);
    return true;
  }

  #readDispatch(place: EdnPlace, isLast: boolean): boolean {
    const next = this.#text[this.#at + 1];
    if (next === undefined) {
      if (isLast) throw new EdnError('expected a form after #', place);
      return false;
    }
    switch (next) {
      case '{':
        this.#at += 2;
        this.#open('set', place);
        return true;
      case '_':
        this.#at += 2;
        this.#push({ kind: 'skip', place, items: [] });
        return true;
      case '"':
        return this.#readString(place, true);
      default:
        return this.#readTag(place, isLast);
    }
  }

  #readTag(place: EdnPlace, isLast: boolean): boolean {
    const end = this.#tokenEnd(this.#at + 1);
    if (end >= this.#text.length && !isLast) return false;
    const tag = this.#text.slice(this.#at + 1, end);
    if (tag === '') throw new EdnError(`expected a tag after #, found ${this.#text[end] ?? 'the end'}`, place);
    this.#at = end;
    const special = symbolicNumbers[tag];
    if (special === undefined) this.#push({ kind: 'tag', place, items: [], tag });
    else this.#deliver(special, place);
    return true;
  }

  #readToken(place: EdnPlace, isLast: boolean): boolean {
    const end = this.#tokenEnd(this.#at + 1);
    if (end >= this.#text.length && !isLast) return false;
    const token = this.#text.slice(this.#at, end);
    this.#at = end;
    this.#deliver(valueOfToken(token, place), place);
    return true;
  }

  #tokenEnd(from: number): number {
    let end = from;
    while (end < this.#text.length && !isTerminator(this.#text.charCodeAt(end))) end++;
    if (end - from > longestToken) {
      throw new EdnError(`expected a value, found a word of more than ${longestToken} characters`, this.#place());
    }
    return end;
  }

  #open(kind: 'list' | 'vector' | 'map' | 'set', place: EdnPlace): void {
    const isOutermost = this.#stack.every((frame) => frame.kind === 'tag');
    if (!(this.#spreads && isOutermost && (kind === 'list' || kind === 'vector'))) {
      this.#push({ kind, place, items: [] });
      return;
    }
    this.#stack.length = 0;
    this.#stack.push({ kind: `spread ${kind}`, place, items: [] });
  }

  #push(frame: Frame): void {
    if (this.#stack.length > deepestNesting) throw new EdnError(`nested more than ${deepestNesting} deep`, frame.place);
    this.#stack.push(frame);
  }

  #close(character: string, place: EdnPlace): void {
    const frame = this.#stack.pop();
    if (frame === undefined) throw new EdnError(`a ${character} that nothing opened`, place);
    if (!closings[character]?.includes(frame.kind)) {
      const what = frame.kind === 'skip' || frame.kind === 'tag' ? 'a form' : `the end of the ${frame.kind}`;
      const { line, column } = frame.place;
      throw new EdnError(`expected ${what} that begins at line ${line}, column ${column}, found ${character}`, place);
    }
    if (frame.kind === 'spread list' || frame.kind === 'spread vector') return;
    this.#deliver(frame.kind === 'map' ? mapOf(frame.items, frame.place) : frame.items, frame.place);
  }

  /** A form is complete: it goes to what it is in. */
  #deliver(value: EdnValue, place: EdnPlace): void {
    let form = value;
    let start = place;
    for (;;) {
      const frame = this.#stack.at(-1);
      if (frame === undefined || frame.kind === 'spread list' || frame.kind === 'spread vector') {
        this.#emit(form, start);
        return;
      }
      if (frame.kind !== 'skip' && frame.kind !== 'tag') {
        frame.items.push(form);
        return;
      }
      this.#stack.pop();
      if (frame.kind === 'skip') return;
      form = taggedValue(frame.tag ?? '', form);
      start = frame.place;
    }
  }
}

const newline = 0x0a;
const space = 0x20;
const comma = 0x2c;
const byteOrderMark = 0xfeff;
const backslash = 0x5c;
const quote = 0x22;

/** By the code of a character: whether it ends a token. Those beyond the table do not. */
const terminators = new Uint8Array(128).fill(1, 0, space + 1);
for (const character of '()[]{}";,') terminators[character.charCodeAt(0)] = 1;

function isTerminator(code: number): boolean {
  return terminators[code] === 1;
}
