import type { SystemName } from '../../systems.ts';
import type { NodeProgram } from './program.ts';
import { raft } from './raft.ts';
import { redisKv } from './redis-kv.ts';

/** What the nodes of each system run in their containers. */
export const programs: Readonly<Record<SystemName, NodeProgram>> = { raft, 'redis-kv': redisKv };
