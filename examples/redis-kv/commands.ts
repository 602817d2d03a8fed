import { array, bulk, failure, limits, nil, ok, simple } from './resp.ts';
import { CommandError, numberIn, setCommand, wrongTime } from './set-options.ts';

/** What changes the data, and goes through the replicated log. */
export type Write =
  | {
      readonly type: 'set';
      readonly key: string;
      readonly value: string;
      readonly condition: Condition;
      readonly expiry: Expiry;
      /** Whether it is answered with the value that it found. */
      readonly returnsOld: boolean;
    }
  | { readonly type: 'set-all'; readonly pairs: readonly (readonly [key: string, value: string])[] }
  | { readonly type: 'delete'; readonly keys: readonly string[] }
  | { readonly type: 'add'; readonly key: string; readonly by: bigint }
  | { readonly type: 'expire'; readonly key: string; readonly afterMs: number }
  | { readonly type: 'persist'; readonly key: string };

export type Condition =
  | { readonly type: 'none' }
  | { readonly type: 'absent' }
  | { readonly type: 'present' }
  | { readonly type: 'equal'; readonly value: string };

export type Expiry =
  | { readonly type: 'never' }
  | { readonly type: 'as-before' }
  | { readonly type: 'after'; readonly ms: number }
  | { readonly type: 'at'; readonly ms: number };

/** What asks for data, and is answered by any node once it is up to date. */
export type Read =
  | { readonly type: 'get'; readonly key: string }
  | { readonly type: 'get-all'; readonly keys: readonly string[] }
  | { readonly type: 'exists'; readonly keys: readonly string[] }
  | { readonly type: 'time-to-live'; readonly key: string; readonly unitMs: 1 | 1000 }
  | { readonly type: 'size' };

/** What becomes of a command; `text` is the command itself, as it goes into the log. */
export type Command =
  | { readonly kind: 'write'; readonly write: Write; readonly text: readonly string[] }
  | { readonly kind: 'read'; readonly read: Read }
  /** Answered as it stands: errors, and what has nothing to do with the data. */
  | { readonly kind: 'reply'; readonly reply: string }
  | { readonly kind: 'info'; readonly section: string | null }
  | { readonly kind: 'quit'; readonly reply: string };

/** How many arguments a command takes, from and to; and what it means. Those given are as many. */
interface Definition {
  readonly arguments: readonly [number, number];
  readonly make: (given: readonly string[]) => Command | Write | Read;
}

const many = limits.arguments;
const first = (given: readonly string[]): string => given[0] ?? '';
const second = (given: readonly string[]): string => given[1] ?? '';

const definitions: Readonly<Record<string, Definition>> = {
  get: { arguments: [1, 1], make: (given) => ({ type: 'get', key: first(given) }) },
  set: { arguments: [2, many], make: setCommand },
  del: { arguments: [1, many], make: (keys) => ({ type: 'delete', keys }) },
  exists: { arguments: [1, many], make: (keys) => ({ type: 'exists', keys }) },
  mget: { arguments: [1, many], make: (keys) => ({ type: 'get-all', keys }) },
  mset: { arguments: [2, many], make: setAll },
  incr: { arguments: [1, 1], make: (given) => ({ type: 'add', key: first(given), by: 1n }) },
  decr: { arguments: [1, 1], make: (given) => ({ type: 'add', key: first(given), by: -1n }) },
  incrby: { arguments: [2, 2], make: (given) => ({ type: 'add', key: first(given), by: numberIn(second(given)) }) },
  decrby: { arguments: [2, 2], make: (given) => ({ type: 'add', key: first(given), by: -numberIn(second(given)) }) },
  expire: { arguments: [2, 2], make: (given) => expire(given, 1000, 'expire') },
  pexpire: { arguments: [2, 2], make: (given) => expire(given, 1, 'pexpire') },
  ttl: { arguments: [1, 1], make: (given) => ({ type: 'time-to-live', key: first(given), unitMs: 1000 }) },
  pttl: { arguments: [1, 1], make: (given) => ({ type: 'time-to-live', key: first(given), unitMs: 1 }) },
  persist: { arguments: [1, 1], make: (given) => ({ type: 'persist', key: first(given) }) },
  dbsize: { arguments: [0, 0], make: () => ({ type: 'size' }) },
  ping: { arguments: [0, 1], make: ([text]) => reply(text === undefined ? simple('PONG') : bulk(text)) },
  echo: { arguments: [1, 1], make: (given) => reply(bulk(first(given))) },
  info: { arguments: [0, 1], make: ([section]) => ({ kind: 'info', section: section?.toLowerCase() ?? null }) },
  select: {
    arguments: [1, 1],
    make: (given) => reply(numberIn(first(given)) === 0n ? ok : failure('ERR DB index is out of range')),
  },
  quit: { arguments: [0, many], make: () => ({ kind: 'quit', reply: ok }) },
  // What redis-cli, redis-benchmark and client libraries ask before they begin.
  command: { arguments: [0, many], make: () => reply(array([])) },
  config: { arguments: [1, many], make: config },
  client: { arguments: [1, many], make: client },
  hello: { arguments: [0, many], make: hello },
};

/** A command by its words. What is wrong with it is a reply, in the words of Redis. */
export function commandOf(text: readonly string[]): Command {
  const [called = '', ...given] = text;
  const name = called.toLowerCase();
  const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
  if (definition === undefined) return reply(unknownCommand(called, given));
  const [from, to] = definition.arguments;
  if (given.length < from || given.length > to) return wrongNumber(name);
  try {
    const made = definition.make(given);
    if ('kind' in made) return made;
    return isRead(made) ? { kind: 'read', read: made } : { kind: 'write', write: made, text };
  } catch (error) {
    if (error instanceof CommandError) return reply(failure(`ERR ${error.message}`));
    throw error;
  }
}

function isRead(made: Read | Write): made is Read {
  return ['get', 'get-all', 'exists', 'time-to-live', 'size'].includes(made.type);
}

function reply(text: string): Command {
  return { kind: 'reply', reply: text };
}

function unknownCommand(name: string, given: readonly string[]): string {
  const shown = given.slice(0, 8).map((argument) => `'${argument.slice(0, 128)}' `);
  return failure(`ERR unknown command '${name.slice(0, 128)}', with args beginning with: ${shown.join('')}`);
}

function wrongNumber(name: string): Command {
  return reply(failure(`ERR wrong number of arguments for '${name}' command`));
}

function setAll(given: readonly string[]): Command | Write {
  if (given.length % 2 !== 0) return wrongNumber('mset');
  const pairs = Array.from({ length: given.length / 2 }, (_, place): [string, string] => [
    given[2 * place] ?? '',
    given[2 * place + 1] ?? '',
  ]);
  return { type: 'set-all', pairs };
}

/** A time that is over deletes the key. */
function expire(given: readonly string[], unitMs: number, name: string): Write {
  const afterMs = Number(numberIn(second(given))) * unitMs;
  if (!Number.isSafeInteger(afterMs)) throw wrongTime(name);
  return { type: 'expire', key: first(given), afterMs };
}

/** There is nothing to set. `save` and `appendonly` are what redis-benchmark asks for. */
function config(given: readonly string[]): Command {
  if (first(given).toLowerCase() !== 'get') return reply(failure('ERR CONFIG has GET alone here'));
  const known: Readonly<Record<string, string>> = { save: '', appendonly: 'yes' };
  const asked = given.slice(1).map((name) => name.toLowerCase());
  return reply(array(asked.flatMap((name) => (name in known ? [bulk(name), bulk(known[name] ?? '')] : []))));
}

/** Connections have no names and no numbers here. */
function client(given: readonly string[]): Command {
  const subcommand = first(given).toLowerCase();
  if (subcommand === 'getname') return reply(nil);
  if (['setname', 'setinfo'].includes(subcommand)) return reply(ok);
  return reply(failure(`ERR unknown subcommand '${first(given).slice(0, 128)}'. Try CLIENT HELP.`));
}

function hello([version = '2']: readonly string[]): Command {
  if (version !== '2') return reply(failure('NOPROTO unsupported protocol version'));
  const facts = { server: 'redis-kv', version: '7.0.0', proto: 2, mode: 'standalone', role: 'master' };
  const words = Object.entries(facts).map(([name, fact]) => [
    bulk(name),
    typeof fact === 'number' ? `:${fact}\r\n` : bulk(fact),
  ]);
  return reply(array(words.flat()));
}
