import { UsageError } from '../../base/errors.ts';
import { raft } from './raft.ts';
import { redisKv } from './redis-kv.ts';
import type { System } from './system.ts';

export const systems: readonly System[] = [raft, redisKv];

/** Throws a UsageError that says what there is. */
export function systemNamed(name: string): System {
  const system = systems.find((candidate) => candidate.name === name);
  if (system !== undefined) return system;
  throw new UsageError('unknown-system', `there is no system ${JSON.stringify(name)}`, {
    remedy: `There are: ${systems.map((candidate) => candidate.name).join(', ')}.`,
  });
}
