import { asChaosError } from '../base/errors.ts';
import { nearestTo } from '../base/nearest.ts';
import { type Address, parseAddress } from '../base/network.ts';
import type { TlsOptions } from '../base/real/tls-network.ts';
import type { Membership, RaftConfig, StateMachine, StopOptions } from './config.ts';
import { RaftError } from './errors.ts';
import { type Compaction, defaultCompaction } from './member.ts';
import type { NodeId } from './protocol/entries.ts';
import { defaultTiming, type Timing } from './timers.ts';

const configKeys = [
  'peers',
  'self',
  'path',
  'params',
  'clusterId',
  'listen',
  'join',
  'stateMachine',
  'compaction',
  'requestTimeoutMs',
  'tls',
  'leaseClockDrift',
  'onNotice',
  'onFailure',
  'onLeaderChange',
] as const satisfies readonly (keyof RaftConfig)[];

/** A configuration with which a node can work, the defaults filled in. */
export interface Settings<Result> {
  readonly addresses: Readonly<Record<NodeId, string>>;
  readonly self: NodeId;
  readonly address: string;
  readonly listen: Address;
  readonly path: string;
  readonly timing: Timing;
  readonly clusterId: string;
  readonly join: boolean;
  readonly stateMachine: StateMachine<Result> | null;
  readonly compaction: Compaction | null;
  readonly requestTimeoutMs: number;
  readonly tls: TlsOptions | null;
  readonly leaseClockDrift: number | null;
}

/** Throws `bad-config` for what cannot work, or not as its user means it: what it is, where, and what to do. */
export function checkedConfig<Result>(config: RaftConfig<Result>): Settings<Result> {
  checkKeys('the configuration', config, configKeys);
  const { path, clusterId = 'raft', join = false, requestTimeoutMs = 10_000 } = config;
  const addresses = addressesOf(config);
  const address = addresses[config.self] as string;
  const timing = checkedTiming(config.params);
  checkName('clusterId', clusterId);
  if (typeof path !== 'string' || path === '') {
    throw badConfig('path', shown(path), 'Name the directory that this node, and no other, keeps its log in.');
  }
  if (typeof join !== 'boolean')
    throw badConfig('join', shown(join), 'Give true on a node that is to be added, or leave it out.');
  checkTimeout('requestTimeoutMs', requestTimeoutMs);
  const stateMachine = checkedStateMachine(config.stateMachine);
  for (const name of ['onNotice', 'onFailure', 'onLeaderChange'] as const) checkFunction(name, config[name]);
  return {
    ...{ addresses, self: config.self, address, path, timing, clusterId, join, stateMachine, requestTimeoutMs },
    listen: checkedAddress('listen', config.listen ?? address),
    compaction: checkedCompaction(config.compaction, stateMachine),
    tls: checkedTls(config.tls),
    leaseClockDrift: checkedDrift(config.leaseClockDrift ?? null, timing),
  };
}

/** Of members by name with their addresses; `where` says what they are. */
function checkMembers(...groups: readonly (readonly [where: string, Readonly<Record<NodeId, string>>])[]): void {
  const names = new Set<NodeId>();
  const at = new Map<string, NodeId>();
  for (const [where, addresses] of groups) {
    if (typeof addresses !== 'object' || addresses === null) {
      throw badConfig(where, shown(addresses), 'Give the members by name, each with its address.');
    }
    for (const [id, address] of Object.entries(addresses)) {
      checkName(`a name in ${where}`, id);
      checkedAddress(`the address of ${id} in ${where}`, address);
      const other = at.get(address);
      if (names.has(id)) throw badConfig(where, `with ${id}, which is named before`, 'Name every member once.');
      if (other !== undefined) {
        throw badConfig(where, `with ${address} for ${other} and for ${id}`, 'Every member has an address of its own.');
      }
      names.add(id);
      at.set(address, id);
    }
  }
}

/** The members that are to be, whoever they are: throws `bad-config` for what cannot be members. */
export function checkMembership<T extends Membership>(members: T): T {
  checkKeys('the membership', members, ['voters', 'learners']);
  const { voters, learners = {} } = members;
  checkMembers(['voters', voters], ['learners', learners]);
  return members;
}

export function checkStopOptions(options: StopOptions): StopOptions {
  checkKeys('the options of stop', options, ['handOver']);
  const { handOver = true } = options;
  if (typeof handOver !== 'boolean')
    throw badConfig('handOver', shown(handOver), 'Give true or false, or leave it out.');
  return options;
}

export function checkPosition(where: string, position: number): void {
  if (!isWhole(position) || position < 1)
    throw badConfig(where, shown(position), 'Positions are whole numbers from 1 on.');
}

export function checkTimeout(where: string, timeoutMs: number): void {
  if (!isNumber(timeoutMs) || timeoutMs <= 0) {
    throw badConfig(where, shown(timeoutMs), 'Give a number of milliseconds above 0.');
  }
}

/** Empty, it would be nobody's: a log has that where nobody was voted for. */
export function checkName(where: string, name: string): void {
  if (typeof name === 'string' && /^[^\p{C}]{1,255}$/u.test(name)) return;
  throw badConfig(where, shown(name), 'Names have 1 to 255 characters, none of them a control character.');
}

function addressesOf<Result>({ peers, self, join }: RaftConfig<Result>): Readonly<Record<NodeId, string>> {
  if (Array.isArray(peers)) checkList(peers);
  const addresses = isList(peers) ? Object.fromEntries(peers.map((peer) => [peer, peer])) : { ...peers };
  if (typeof peers !== 'object' || Object.keys(addresses).length === 0) {
    throw badConfig('peers', 'empty', 'Name the nodes that start the cluster; one that joins names itself.');
  }
  checkMembers(['peers', addresses]);
  if (typeof self !== 'string' || !Object.hasOwn(addresses, self)) {
    throw badConfig(
      'self',
      `${shown(self)}, which is not one of peers: ${Object.keys(addresses).join(', ')}`,
      join ? 'A node that joins names itself, with its address, among its peers.' : 'Name it as peers does.',
    );
  }
  return addresses;
}

function checkList(peers: readonly string[]): void {
  const twice = peers.find((peer, place) => peers.indexOf(peer) !== place);
  if (twice !== undefined) throw badConfig('peers', `${shown(twice)} twice`, 'Name every node once.');
}

function isList(peers: RaftConfig['peers']): peers is readonly string[] {
  return Array.isArray(peers);
}

function checkedAddress(where: string, address: string): Address {
  try {
    return parseAddress(address);
  } catch (error) {
    const remedy =
      'Give host:port with a port from 1 to 65535; an IPv6 address stands in brackets, as in [fd00::1]:7000.';
    if (typeof address !== 'string') throw badConfig(where, shown(address), remedy);
    throw badConfig(where, asChaosError(error, where).message, remedy);
  }
}

function checkedTiming(params: Partial<Timing> = {}): Timing {
  checkKeys('params', params, ['electionTimeoutMs', 'heartbeatIntervalMs']);
  const range = params.electionTimeoutMs ?? defaultTiming.electionTimeoutMs;
  const [low, high] = Array.isArray(range) ? range : [];
  if (!isWhole(low) || !isWhole(high) || low < 1 || low > high || high > longestElectionMs || range.length !== 2) {
    throw badConfig(
      'params.electionTimeoutMs',
      shown(range),
      'Give the lowest and the highest in whole milliseconds, such as [300, 600].',
    );
  }
  const heartbeatMs = params.heartbeatIntervalMs ?? Math.min(defaultTiming.heartbeatIntervalMs, low / 4);
  if (!isNumber(heartbeatMs) || heartbeatMs <= 0 || heartbeatMs > low / 2) {
    throw badConfig(
      'params.heartbeatIntervalMs',
      `${shown(heartbeatMs)} where elections begin after ${low} ms`,
      'Several heartbeats must fit into the shortest election time-out: give at most half of it, better a quarter.',
    );
  }
  return { electionTimeoutMs: [low, high], heartbeatIntervalMs: heartbeatMs };
}

/** The random draws go no further, and no election should. */
const longestElectionMs = 0x7fff_ffff;

function checkedDrift(drift: number | null, { electionTimeoutMs: [low], heartbeatIntervalMs }: Timing): number | null {
  if (drift === null) return null;
  if (!isNumber(drift) || drift < 0 || drift >= 1) {
    throw badConfig('leaseClockDrift', shown(drift), 'Give a fraction from 0 to below 1, such as 0.1; or null.');
  }
  const leaseMs = low * (1 - drift);
  if (leaseMs > heartbeatIntervalMs) return drift;
  throw badConfig(
    'leaseClockDrift',
    `${drift}, which makes leases of ${leaseMs} ms: shorter than the ${heartbeatIntervalMs} ms between heartbeats that renew them`,
    'Give a smaller one, a longer election time-out, or null.',
  );
}

function checkedCompaction(
  compaction: Compaction | null | undefined,
  stateMachine: StateMachine | null,
): Compaction | null {
  if (compaction !== null && compaction !== undefined) checkKeys('compaction', compaction, compactionKeys);
  if (compaction === null || stateMachine === null) {
    if (compaction === null || compaction === undefined) return null;
    throw badConfig(
      'compaction',
      'given without a stateMachine',
      'Only what has a snapshot is compacted: give both or neither.',
    );
  }
  const { snapshotEvery, keptEntries, snapshotBytes = 1, keptBytes = 0 } = compaction ?? defaultCompaction;
  const least = { snapshotEvery: [snapshotEvery, 1], keptEntries: [keptEntries, 0] } as const;
  const leastBytes = { snapshotBytes: [snapshotBytes, 1], keptBytes: [keptBytes, 0] } as const;
  for (const [name, [given, lowest]] of Object.entries({ ...least, ...leastBytes })) {
    if (isWhole(given) && given >= lowest) continue;
    throw badConfig(`compaction.${name}`, shown(given), `Give a whole number from ${lowest} on.`);
  }
  return compaction ?? defaultCompaction;
}

function checkedStateMachine<Result>(machine: StateMachine<Result> | undefined): StateMachine<Result> | null {
  if (machine === undefined) return null;
  for (const name of ['apply', 'snapshot', 'restore'] as const) {
    if (typeof machine?.[name] === 'function') continue;
    throw badConfig(`stateMachine.${name}`, shown(machine?.[name]), 'A state machine has apply, snapshot and restore.');
  }
  return machine;
}

function checkedTls(tls: TlsOptions | undefined): TlsOptions | null {
  if (tls === undefined) return null;
  for (const name of ['certificate', 'key', 'authority'] as const) {
    if (typeof tls?.[name] === 'string') continue;
    throw badConfig(`tls.${name}`, shown(tls?.[name]), 'Give the text of the PEM file, not its path or its bytes.');
  }
  return tls;
}

const compactionKeys = [
  'snapshotEvery',
  'snapshotBytes',
  'keptEntries',
  'keptBytes',
] as const satisfies readonly (keyof Compaction)[];

/** What is misspelled would have no effect, and nobody would know. */
export function checkKeys(where: string, given: object, known: readonly string[]): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw badConfig(where, shown(given), `Give an object with ${known.join(', ')}.`);
  }
  const stranger = Object.keys(given).find((key) => !known.includes(key));
  if (stranger === undefined) return;
  const nearest = nearestTo(stranger, known);
  throw badConfig(
    where,
    `with ${shown(stranger)}, which it has not`,
    nearest === null ? `It may have ${known.join(', ')}.` : `Perhaps ${nearest} is meant.`,
  );
}

function checkFunction(where: string, given: unknown): void {
  if (given !== undefined && typeof given !== 'function') throw badConfig(where, shown(given), 'Give a function.');
}

function badConfig(where: string, what: string, remedy: string): RaftError {
  return new RaftError('bad-config', `${where} is ${what}`, true, { remedy });
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 300));
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
