import { formatAddress } from '../../../base/network.ts';
import { tcpNetwork } from '../../../base/real/network.ts';
import { type NodeSettings, peerPort } from '../../../node/settings.ts';
import type { NodeProgram } from './program.ts';
import { redisKvClient } from './redis-kv-client.ts';

/** Where Redis listens. */
const clientPort = 6379;
/** Below the usual time-out of an operation, so that clients hear what the node knows. */
const commandTimeoutMs = 4000;

/** The example of examples/redis-kv: a store that speaks the protocol of Redis, on the library of this package. */
export const redisKv: NodeProgram = {
  image: {
    name: 'raft-chaos-redis-kv',
    dockerfile: 'redis-kv.Dockerfile',
    program: 'examples/redis-kv/server.js',
    directories: ['base', 'raft', 'examples/redis-kv'],
  },
  clientPort,
  environment: ({ node, members, dataDirectory, timing, compaction }: NodeSettings) => ({
    REDIS_KV_ID: node,
    REDIS_KV_PEERS: members.map(({ name, host }) => `${name}=${formatAddress({ host, port: peerPort })}`).join(','),
    REDIS_KV_LISTEN: formatAddress({ host: '0.0.0.0', port: clientPort }),
    REDIS_KV_DATA: dataDirectory,
    REDIS_KV_ELECTION_TIMEOUT: timing.electionTimeoutMs.join('..'),
    REDIS_KV_HEARTBEAT: String(timing.heartbeatIntervalMs),
    REDIS_KV_COMMAND_TIMEOUT: String(commandTimeoutMs),
    REDIS_KV_SNAPSHOT_EVERY: String(compaction?.snapshotEvery ?? 'never'),
  }),
  client: (clock) => redisKvClient(clock, tcpNetwork()),
};
