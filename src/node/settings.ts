import { ChaosError } from '../base/errors.ts';
import type { Compaction } from '../raft/member.ts';
import type { Timing } from '../raft/timers.ts';

/** Ports that every node listens on, in its own network namespace. */
export const peerPort = 7000;
export const clientPort = 8000;

/** What one node is told at start. In a container it comes by environment variables, in a simulation as it stands. */
export interface NodeSettings {
  /** The node's own name, one of the members. */
  readonly node: string;
  /** Every member's name and host, in the same order on every node. */
  readonly members: readonly { readonly name: string; readonly host: string }[];
  /** Peers of another cluster are refused. */
  readonly clusterId: string;
  /** Seeds what the node draws (election time-outs), together with its name and boot. */
  readonly seed: number;
  /** A planted bug to switch on, or null. */
  readonly bug: string | null;
  readonly timing: Timing;
  /** When the log is compacted; null: never. */
  readonly compaction: Compaction | null;
  /** Directory, on the node's disk, of its log and of its trace. */
  readonly dataDirectory: string;
}

/** The environment variables a container is started with. */
export function settingsToEnvironment(settings: NodeSettings): Record<string, string> {
  return {
    RAFT_CHAOS_NODE: settings.node,
    RAFT_CHAOS_MEMBERS: settings.members.map((member) => `${member.name}=${member.host}`).join(','),
    RAFT_CHAOS_CLUSTER: settings.clusterId,
    RAFT_CHAOS_SEED: String(settings.seed),
    RAFT_CHAOS_DATA: settings.dataDirectory,
    RAFT_CHAOS_TIMING_MS: [...settings.timing.electionTimeoutMs, settings.timing.heartbeatIntervalMs].join(' '),
    ...(settings.compaction === null
      ? {}
      : { RAFT_CHAOS_COMPACTION: `${settings.compaction.snapshotEvery} ${settings.compaction.keptEntries}` }),
    ...(settings.bug === null ? {} : { RAFT_CHAOS_BUG: settings.bug }),
  };
}

export function settingsFromEnvironment(environment: Readonly<Record<string, string | undefined>>): NodeSettings {
  const required = (name: string): string => {
    const value = environment[name];
    if (value === undefined || value === '') {
      throw new ChaosError('bad-settings', `the environment variable ${name} is missing`);
    }
    return value;
  };
  const members = required('RAFT_CHAOS_MEMBERS')
    .split(',')
    .map((pair) => {
      const [name, host] = pair.split('=');
      if (!name || !host) {
        throw new ChaosError('bad-settings', `RAFT_CHAOS_MEMBERS: expected name=host,..., found ${pair}`);
      }
      return { name, host };
    });
  const node = required('RAFT_CHAOS_NODE');
  if (!members.some((member) => member.name === node)) {
    throw new ChaosError('bad-settings', `RAFT_CHAOS_NODE ${node} is not one of RAFT_CHAOS_MEMBERS`);
  }
  const seed = Number(required('RAFT_CHAOS_SEED'));
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
    throw new ChaosError('bad-settings', 'RAFT_CHAOS_SEED must be an unsigned 32-bit integer');
  }
  return {
    node,
    members,
    clusterId: required('RAFT_CHAOS_CLUSTER'),
    seed,
    bug: environment['RAFT_CHAOS_BUG'] || null,
    timing: timingOf(required('RAFT_CHAOS_TIMING_MS')),
    compaction: compactionOf(environment['RAFT_CHAOS_COMPACTION'] ?? ''),
    dataDirectory: required('RAFT_CHAOS_DATA'),
  };
}

/** `300 600 75`: the range of the election time-out, and the heartbeat interval. */
function timingOf(text: string): Timing {
  const [low = 0, high = 0, heartbeatIntervalMs = 0] = text.split(' ').map(Number);
  if (!(heartbeatIntervalMs > 0 && low > heartbeatIntervalMs && high >= low)) {
    throw new ChaosError(
      'bad-settings',
      `RAFT_CHAOS_TIMING_MS: expected a heartbeat below the election time-outs: ${text}`,
    );
  }
  return { electionTimeoutMs: [low, high], heartbeatIntervalMs };
}

/** `1000 100`: after how many entries a snapshot is taken, and how many before it are kept; nothing for never. */
function compactionOf(text: string): Compaction | null {
  if (text === '') return null;
  const [snapshotEvery = 0, keptEntries = -1] = text.split(' ').map(Number);
  if (!(snapshotEvery >= 1 && keptEntries >= 0)) {
    throw new ChaosError('bad-settings', `RAFT_CHAOS_COMPACTION: expected two numbers of entries: ${text}`);
  }
  return { snapshotEvery, keptEntries };
}
