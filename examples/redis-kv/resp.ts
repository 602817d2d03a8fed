/**
 * The Redis serialization protocol, version 2: what clients send and what they are answered. Keys and values are bytes; here
 * they are strings of one character a byte (Node's `latin1`), so that they can be compared and be keys of a map.
 */
export const limits = {
  /** Of one key or value, and of one command with all its arguments; a message of the library has up to 4 MiB. */
  argumentBytes: 1024 * 1024,
  commandBytes: 3 * 1024 * 1024,
  arguments: 64 * 1024,
  /** Of a line: an inline command, or the length of an array or of a string. */
  lineBytes: 64 * 1024,
} as const;

export interface Parsed {
  /** Each a name and its arguments. */
  readonly commands: readonly (readonly string[])[];
  /** What is wrong with the bytes that follow, of which no more can be made; null for nothing. */
  readonly error: string | null;
}

class ProtocolError extends Error {}

/** Makes commands of a stream that comes in pieces of any size, with several commands in one or one in several. */
export class RequestParser {
  #input = Buffer.alloc(0);
  #at = 0;
  /** Pieces that came since, which are joined to the input only when there are enough: large values come in many. */
  #pieces: Buffer[] = [];
  #unread = 0;
  #wanted = 1;
  /** The command under way: its arguments so far, how many more there are, and the length of the next if it is known. */
  #arguments: string[] = [];
  #missing = 0;
  #nextLength: number | null = null;
  #commandBytes = 0;

  take(piece: Buffer): Parsed {
    this.#pieces.push(piece);
    this.#unread += piece.length;
    const commands: (readonly string[])[] = [];
    if (this.#unread < this.#wanted) return { commands, error: null };
    this.#join();
    try {
      for (let command = this.#command(); command !== null; command = this.#command()) {
        if (command.length > 0) commands.push(command);
      }
    } catch (error) {
      if (error instanceof ProtocolError) return { commands, error: `ERR Protocol error: ${error.message}` };
      throw error;
    }
    return { commands, error: null };
  }

  #join(): void {
    this.#input = Buffer.concat([this.#input.subarray(this.#at), ...this.#pieces]);
    this.#at = 0;
    this.#pieces = [];
  }

  /** The next command, empty for an empty line or array; null where it is not all there. */
  #command(): readonly string[] | null {
    if (this.#missing === 0) {
      const line = this.#line('too big inline request');
      if (line === null) return null;
      if (!line.startsWith('*')) return inlineArguments(line);
      const count = lengthIn(line);
      if (count === null || count > limits.arguments) throw new ProtocolError('invalid multibulk length');
      this.#arguments = [];
      this.#commandBytes = 0;
      this.#missing = Math.max(0, count);
    }
    while (this.#missing > 0) {
      const argument = this.#argument();
      if (argument === null) return null;
      this.#arguments.push(argument);
      this.#missing--;
    }
    const command = this.#arguments;
    this.#arguments = [];
    return command;
  }

  #argument(): string | null {
    this.#nextLength ??= this.#argumentLength();
    if (this.#nextLength === null) return null;
    const end = this.#at + this.#nextLength;
    if (end + 2 > this.#input.length) return this.#wait(this.#nextLength + 2);
    const argument = this.#input.toString('latin1', this.#at, end);
    this.#skip(this.#nextLength + 2);
    this.#nextLength = null;
    return argument;
  }

  #argumentLength(): number | null {
    const line = this.#line('too big bulk count string');
    if (line === null) return null;
    if (!line.startsWith('$')) throw new ProtocolError(`expected '$', got '${line.charAt(0)}'`);
    const length = lengthIn(line);
    if (length === null || length < 0 || length > limits.argumentBytes) throw new ProtocolError('invalid bulk length');
    this.#commandBytes += length;
    if (this.#commandBytes > limits.commandBytes) throw new ProtocolError('too big command');
    return length;
  }

  #line(tooLong: string): string | null {
    const end = this.#input.indexOf(lineFeed, this.#at);
    const length = (end < 0 ? this.#input.length : end) - this.#at;
    if (length > limits.lineBytes) throw new ProtocolError(tooLong);
    if (end < 0) return this.#wait(length + 1);
    const line = this.#input.toString('latin1', this.#at, end);
    this.#skip(length + 1);
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }

  #wait(bytes: number): null {
    this.#wanted = bytes;
    return null;
  }

  #skip(bytes: number): void {
    this.#at += bytes;
    this.#unread -= bytes;
  }
}

const lineFeed = 10;

function lengthIn(line: string): number | null {
  return /^.-?\d{1,10}$/.test(line) ? Number(line.slice(1)) : null;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };
const inlineArgument = /"((?:\\.|[^"\\])*)"(?=\s|$)|'((?:\\'|[^'])*)'(?=\s|$)|([^\s"']\S*)/y;

/** A line as people type it: arguments by spaces, in quotes where they have spaces themselves. */
function inlineArguments(line: string): readonly string[] {
  const found: string[] = [];
  for (let at = line.search(/\S/); at >= 0 && at < line.length; ) {
    inlineArgument.lastIndex = at;
    const match = inlineArgument.exec(line);
    if (match === null) throw new ProtocolError('unbalanced quotes in request');
    const [whole, quoted, literal, plain] = match;
    found.push(plain ?? literal?.replaceAll("\\'", "'") ?? unescaped(quoted ?? ''));
    at += whole.length;
    while (/\s/.test(line.charAt(at))) at++;
  }
  return found;
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (_, hex?: string, letter = '') =>
    hex === undefined ? (escapes[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** A command as clients send it. */
export function request(command: readonly string[]): string {
  return array(command.map(bulk));
}

export const ok = '+OK\r\n';
export const nil = '$-1\r\n';

export function simple(text: string): string {
  return `+${text}\r\n`;
}

export function integer(value: number | bigint): string {
  return `:${value}\r\n`;
}

export function bulk(value: string): string {
  return `$${value.length}\r\n${value}\r\n`;
}

export function array(replies: readonly string[]): string {
  return `*${replies.length}\r\n${replies.join('')}`;
}

/** An error: its kind in capitals, and what is wrong. */
export function failure(message: string): string {
  return `-${message.replaceAll(/[\r\n]/g, ' ')}\r\n`;
}
