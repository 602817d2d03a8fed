import { type Clock, promised } from '../base/clock.ts';
import type { Disk } from '../base/disk.ts';
import type { Address, Network } from '../base/network.ts';
import { seededRandom } from '../base/random.ts';
import type { Application } from './application.ts';
import { RaftDriver } from './driver.ts';
import type { DriverEvents } from './driver-ports.ts';
import { shownMembers } from './members-told.ts';
import type { Configuration, NodeId } from './protocol/entries.ts';
import type { Step } from './protocol/events.ts';
import type { Config } from './protocol/state.ts';
import type { Boot } from './storage/boot-record.ts';
import { FileStorage } from './storage/file-storage.ts';
import type { Timing } from './timers.ts';
import { PeerTransport } from './transport/peer-transport.ts';

export interface MemberSettings {
  readonly id: NodeId;
  /** Peers of another cluster are refused. */
  readonly clusterId: string;
  /** Where this node listens, and where it tells others to find it: `host:port`. */
  readonly listen: Address;
  readonly address: string;
  /**
   * The members that start the cluster, the same on all of them; empty on a node that is to be added to one. Who they are is
   * stored at the first start and counts from then on; where they are may be told otherwise at each.
   */
  readonly founders: Configuration;
  /** Directory, on the disk, of the log and the snapshots. */
  readonly directory: string;
  readonly timing: Timing;
  /** Seeds what the node draws (election time-outs), together with its name and boot. */
  readonly seed: number;
  readonly compaction: Compaction | null;
  /** Serve reads under a lease, given that clocks run at rates that differ by this fraction at most; null: ask each time. */
  readonly leaseClockDrift: number | null;
}

/** When the log is compacted, and how much of it stays. */
export interface Compaction {
  /** A snapshot is taken after so many entries, or sooner after so many bytes of messages (64 MiB unless given). */
  readonly snapshotEvery: number;
  readonly snapshotBytes?: number;
  /**
   * So many entries before it are kept in memory, for followers that are a little behind; ten times as many where a follower
   * answers and lacks them; but no more than so many bytes of messages (64 MiB unless given).
   */
  readonly keptEntries: number;
  readonly keptBytes?: number;
}

export const defaultCompaction: Compaction = { snapshotEvery: 50_000, keptEntries: 5_000 };

/** How much is kept in memory of each of several things, unless told otherwise. */
export const defaultBytes = 64 * 1024 * 1024;

export interface MemberPorts {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly network: Network;
  /** The protocol; another one only to plant a bug. */
  readonly step?: Step;
}

/**
 * A member of a cluster on its ports: storage, transport and the driver over them. It has its directory to itself, and is not
 * started yet: `stop` of the driver lets the directory go again.
 */
export interface Member {
  readonly driver: RaftDriver;
  /** How often this node has been started, from 1. */
  readonly boot: number;
  /** As the first start had them. */
  readonly founders: Configuration;
}

export async function assembleMember(
  settings: MemberSettings,
  { clock, disk, network, step }: MemberPorts,
  application: Application,
  events: (boot: number) => DriverEvents,
): Promise<Member> {
  const { id, clusterId, listen, address, directory, timing, compaction } = settings;
  const storage = new FileStorage(clock, disk, directory);
  const {
    count: boot,
    founders,
    adopted,
  } = await promised<Boot>(clock, (done) => storage.claim({ id, clusterId }, settings.founders, done));
  const told = events(boot);
  if (adopted === 'owner and founders') {
    told.noticed(`${directory} did not say whose it is: from now on it is that of ${id} of ${clusterId}`);
  }
  if (adopted !== null) {
    told.noticed(`${directory} did not say who started the cluster: from now on it was ${shownMembers(founders)}`);
  }
  const driver = new RaftDriver(
    {
      config: configOf(settings, founders),
      boot,
      timing,
      snapshotEvery: compaction?.snapshotEvery ?? null,
      snapshotBytes: compaction?.snapshotBytes ?? defaultBytes,
    },
    {
      clock,
      random: seededRandom(settings.seed).fork(`${id} ${boot}`),
      storage,
      transport: new PeerTransport(clock, network, { clusterId, id, boot, listen, address }),
      ...(step === undefined ? {} : { step }),
    },
    application,
    told,
  );
  return { driver, boot, founders };
}

function configOf(settings: MemberSettings, founders: Configuration): Config {
  const { id, timing, compaction, leaseClockDrift } = settings;
  const [minElectionTimeoutMs] = timing.electionTimeoutMs;
  return {
    id,
    initial: relocated(founders, settings.founders),
    maxEntriesPerMessage: 512,
    // Together less than what may wait for one peer: see transport/limits.ts.
    maxBytesPerMessage: 256 * 1024,
    maxInflightMessages: 16,
    maxUncommittedBytes: 2 * defaultBytes,
    // Small, for heartbeats wait behind a piece on a slow link.
    chunkBytes: 128 * 1024,
    keptEntries: compaction?.keptEntries ?? 0,
    keptForFollowers: 10 * (compaction?.keptEntries ?? 0),
    keptBytes: compaction?.keptBytes ?? defaultBytes,
    maxSessions: 1000,
    preVote: true,
    checkQuorum: true,
    minElectionTimeoutMs,
    leaseMs: leaseClockDrift === null ? null : minElectionTimeoutMs * (1 - leaseClockDrift),
  };
}

/** The same members, where they are now as far as that is told: no other majority comes of it. */
function relocated(members: Configuration, told: Configuration): Configuration {
  return members.map((member) => ({
    ...member,
    address: told.find(({ id }) => id === member.id)?.address ?? member.address,
  }));
}

/** Voters, by id, each with its address. */
export function votersAt(addresses: Readonly<Record<NodeId, string>>): Configuration {
  return Object.entries(addresses)
    .map(([id, address]) => ({ id, address, standing: 'voter' as const }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
