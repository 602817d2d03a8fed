import type { RaftStatus } from 'raft-chaos/raft';
import { bulk } from './resp.ts';
import type { Store } from './store.ts';

/** What INFO tells: sections with a field a line, as Redis has them. The section `raft` is this program's own. */
export function infoReply(status: RaftStatus, store: Store, section: string | null): string {
  const leads = status.role === 'leader';
  const sections: Readonly<Record<string, Readonly<Record<string, string | number>>>> = {
    server: {
      redis_version: '7.0.0',
      redis_mode: 'standalone',
      process_id: process.pid,
      uptime_in_seconds: Math.floor(process.uptime()),
      server_time_usec: Date.now() * 1000,
    },
    replication: { role: leads ? 'master' : 'slave' },
    raft: {
      raft_node: status.self,
      raft_boot: status.boot,
      raft_role: status.role,
      raft_term: status.term,
      raft_leader: status.leader ?? '',
      raft_members: status.members.map(({ id, address }) => `${id}=${address}`).join(','),
      raft_commit_index: status.commitIndex,
      raft_position: status.position,
      raft_snapshot_index: status.snapshotIndex,
      store_time_ms: store.timeMs,
      monotonic_time_ns: String(process.hrtime.bigint()),
    },
    keyspace: store.size === 0 ? {} : { db0: `keys=${store.size},expires=${store.volatile},avg_ttl=0` },
  };
  const wanted =
    section !== null && !['all', 'everything', 'default'].includes(section) ? [section] : Object.keys(sections);
  const texts = wanted.flatMap((name) => {
    const fields = Object.hasOwn(sections, name) ? sections[name] : undefined;
    if (fields === undefined) return [];
    const lines = Object.entries(fields).map(([field, fact]) => `${field}:${fact}\r\n`);
    return [`# ${name.charAt(0).toUpperCase()}${name.slice(1)}\r\n${lines.join('')}`];
  });
  return bulk(texts.join('\r\n'));
}
