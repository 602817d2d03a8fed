import { parseArgs } from 'node:util';

export interface Settings {
  readonly id: string;
  /** All nodes' addresses for each other, by their names. */
  readonly peers: Readonly<Record<string, string>>;
  /** Where clients connect. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly dataDirectory: string;
  readonly electionTimeoutMs: readonly [number, number] | null;
  readonly heartbeatIntervalMs: number | null;
  /** After how long a command that is not done ends with an error; null for 10 s. */
  readonly commandTimeoutMs: number | null;
  /** After how many messages the log is compacted; null for the library's default, and `never`. */
  readonly snapshotEvery: number | 'never' | null;
}

export const usage = `usage: server.js --id NAME --peers NAME=HOST:PORT,... --data DIRECTORY [--listen HOST:PORT]
  --id                 this node, one of the peers            REDIS_KV_ID
  --peers              all nodes, the same list on each       REDIS_KV_PEERS
  --data               directory of the log and snapshots     REDIS_KV_DATA
  --listen             for clients (127.0.0.1:6379)           REDIS_KV_LISTEN
  --election-timeout   in ms, from..to (300..600)             REDIS_KV_ELECTION_TIMEOUT
  --heartbeat          in ms (75)                             REDIS_KV_HEARTBEAT
  --command-timeout    in ms (10000)                          REDIS_KV_COMMAND_TIMEOUT
  --snapshot-every     messages, or never (50000)             REDIS_KV_SNAPSHOT_EVERY
Each may be given by the environment variable beside it.`;

/** What is wrong with how the program was called. */
export class BadSettings extends Error {}

const names = [
  'id',
  'peers',
  'data',
  'listen',
  'election-timeout',
  'heartbeat',
  'command-timeout',
  'snapshot-every',
] as const;

export function settingsFrom(words: readonly string[], environment: NodeJS.ProcessEnv): Settings {
  const flags = flagsOf(words);
  const given = (name: (typeof names)[number]): string | undefined =>
    flags[name] ?? environment[`REDIS_KV_${name.replaceAll('-', '_').toUpperCase()}`];
  const required = (name: (typeof names)[number]): string => {
    const text = given(name);
    if (text === undefined || text === '') throw new BadSettings(`--${name} is missing`);
    return text;
  };
  const [id, peers] = [required('id'), peersIn(required('peers'))];
  if (!Object.hasOwn(peers, id)) throw new BadSettings(`--id ${id} is not one of --peers ${Object.keys(peers)}`);
  const count = (name: (typeof names)[number]): number | null => {
    const text = given(name);
    return text === undefined ? null : countIn(name, text);
  };
  const electionTimeout = given('election-timeout');
  return {
    id,
    peers,
    listen: addressIn(given('listen') ?? '127.0.0.1:6379'),
    dataDirectory: required('data'),
    electionTimeoutMs: electionTimeout === undefined ? null : rangeIn(electionTimeout),
    heartbeatIntervalMs: count('heartbeat'),
    commandTimeoutMs: count('command-timeout'),
    snapshotEvery: given('snapshot-every') === 'never' ? 'never' : count('snapshot-every'),
  };
}

function flagsOf(words: readonly string[]): Readonly<Record<string, string | undefined>> {
  try {
    const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
    return parseArgs({ args: [...words], options }).values as Record<string, string | undefined>;
  } catch (error) {
    throw new BadSettings((error as Error).message);
  }
}

function peersIn(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').map((pair) => pair.split('='));
  for (const [name, address] of pairs) {
    if (!name || !address) throw new BadSettings(`--peers ${text}: expected NAME=HOST:PORT,...`);
  }
  return Object.fromEntries(pairs);
}

function addressIn(text: string): Settings['listen'] {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) throw new BadSettings(`--listen ${text}: expected HOST:PORT`);
  return { host, port: Number(port) };
}

function rangeIn(text: string): readonly [number, number] {
  const [, from, to] = /^(\d+)\.\.(\d+)$/.exec(text) ?? [];
  if (!(Number(from) > 0 && Number(from) <= Number(to))) {
    throw new BadSettings(`--election-timeout ${text}: expected milliseconds FROM..TO`);
  }
  return [Number(from), Number(to)];
}

function countIn(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new BadSettings(`--${name} ${text}: expected a whole number above 0`);
  return Number(text);
}
