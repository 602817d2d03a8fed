import { randomInt } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import type Docker from 'dockerode';
import { ChaosError, UsageError } from '../../base/errors.ts';
import { engineMessage } from './engine.ts';
import type { Labels } from './labels.ts';
import {
  addressAt,
  formatSubnet,
  overlaps,
  parseSubnet,
  roomIn,
  type Subnet,
  subnetOfAddress,
  subnetSizeFor,
} from './subnet.ts';

/** The cluster's own network: no way out of it but to the host, and an address for each node. */
export interface ClusterNetwork {
  readonly id: string;
  readonly subnet: string;
  readonly addresses: readonly string[];
}

export interface NetworkOptions {
  readonly name: string;
  readonly labels: Labels;
  readonly nodeCount: number;
  /** The range to use, e.g. `10.9.0.0/28`; null to look for a free one. */
  readonly subnet: string | null;
}

/**
 * The range is always ours to choose: those that the engine hands out by itself end after some thirty networks. Rejects
 * with `bad-subnet` (a UsageError), `address-range-taken`, or `no-network` where the engine refuses for another reason.
 */
export async function createNetwork(docker: Docker, options: NetworkOptions): Promise<ClusterNetwork> {
  if (options.subnet !== null) {
    const subnet = readSubnet(options.subnet, options.nodeCount);
    const network = await tryCreate(docker, options, subnet);
    if (network === null) throw await rangeTaken(docker, subnet);
    return network;
  }
  for (const subnet of candidates(subnetSizeFor(options.nodeCount))) {
    const network = await tryCreate(docker, options, subnet);
    if (network !== null) return network;
  }
  throw new ChaosError('address-range-taken', `every subnet of ${formatSubnet(searchRange)} is taken`, {
    remedy: 'remove what dead runs left with `raft-chaos clean`, or name a free range in RAFT_CHAOS_SUBNET',
  });
}

const searchRange: Subnet = { first: 10 * 2 ** 24 + 222 * 2 ** 16, size: 2 ** 16 };

/** From a random start, so that runs that begin together seldom try the same ones. */
function* candidates(size: number): Generator<Subnet> {
  const count = searchRange.size / size;
  const start = randomInt(count);
  for (let i = 0; i < count; i++) yield { first: searchRange.first + ((start + i) % count) * size, size };
}

/** Null where the range is taken: by an interface of this host, which the engine does not look at, or in the engine. */
async function tryCreate(docker: Docker, options: NetworkOptions, subnet: Subnet): Promise<ClusterNetwork | null> {
  if (hostInterfaceIn(subnet) !== null) return null;
  try {
    const { id } = await docker.createNetwork({
      Name: options.name,
      Driver: 'bridge',
      Internal: true,
      Labels: { ...options.labels },
      IPAM: { Driver: 'default', Config: [{ Subnet: formatSubnet(subnet), Gateway: addressAt(subnet, 1) }] },
    });
    const addresses = Array.from({ length: options.nodeCount }, (_, index) => addressAt(subnet, index + 2));
    return { id, subnet: formatSubnet(subnet), addresses };
  } catch (thrown) {
    if (/overlap/i.test(engineMessage(thrown))) return null;
    throw new ChaosError('no-network', `the engine made no network ${formatSubnet(subnet)}: ${engineMessage(thrown)}`, {
      remedy: 'see what `raft-chaos doctor` says about this engine',
      cause: thrown,
    });
  }
}

function readSubnet(text: string, nodeCount: number): Subnet {
  const subnet = parseSubnet(text);
  if (subnet === null) {
    throw new UsageError('bad-subnet', `RAFT_CHAOS_SUBNET: ${text} is not an IPv4 range`, {
      remedy: 'write the first address of the range and its prefix, e.g. 10.9.0.0/28',
    });
  }
  if (roomIn(subnet) < nodeCount) {
    const needed = formatSubnet({ first: 0, size: subnetSizeFor(nodeCount) }).replace(/^.*\//, '/');
    throw new UsageError('bad-subnet', `RAFT_CHAOS_SUBNET: ${text} has no room for ${nodeCount} nodes`, {
      remedy: `give it a prefix of ${needed} or shorter`,
    });
  }
  return subnet;
}

async function rangeTaken(docker: Docker, subnet: Subnet): Promise<ChaosError> {
  const networks = await docker.listNetworks();
  const holder = networks.find((network) =>
    (network.IPAM?.Config ?? []).some((config) => {
      const taken = parseSubnet(config.Subnet ?? '');
      return taken !== null && overlaps(taken, subnet);
    }),
  );
  const by =
    holder === undefined ? `interface ${hostInterfaceIn(subnet) ?? 'unknown'}` : `Docker network ${holder.Name}`;
  return new ChaosError('address-range-taken', `RAFT_CHAOS_SUBNET: ${formatSubnet(subnet)} is taken by ${by}`, {
    remedy: 'name another range, or unset RAFT_CHAOS_SUBNET to have a free one looked for',
  });
}

function hostInterfaceIn(subnet: Subnet): string | null {
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    for (const address of addresses ?? []) {
      const taken = address.cidr === null || address.family !== 'IPv4' ? null : subnetOfAddress(address.cidr);
      if (taken !== null && overlaps(taken, subnet)) return name;
    }
  }
  return null;
}
