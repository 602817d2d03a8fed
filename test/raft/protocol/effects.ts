import { present, unreachable } from '../../../src/base/assert.ts';
import type { NodeId } from '../../../src/raft/protocol/entries.ts';
import type { Effect } from '../../../src/raft/protocol/events.ts';
import type { ProtocolCluster } from './cluster.ts';
import type { ProtocolDisk } from './disk.ts';
import { type ClusterMember, decodeState } from './member.ts';

type SendSnapshot = Effect & { readonly type: 'send-snapshot' };

/** Does what a node asks for, in a cluster with nothing real in it. */
export function perform(cluster: ProtocolCluster, name: NodeId, member: ClusterMember, effect: Effect): void {
  switch (effect.type) {
    case 'persist':
      member.disk.unsynced.push(effect.write);
      return;
    case 'send':
      cluster.post(name, effect.to, effect.message);
      return;
    case 'answer':
      cluster.invariants.answered(name, effect.requestId, effect.answer);
      return;
    case 'deliver':
      for (const { position, index, payload } of effect.deliveries) {
        const text = new TextDecoder().decode(payload);
        cluster.invariants.delivered(name, member.delivered.length, { index, position, text });
        member.delivered.push({ position, text });
      }
      return;
    case 'restore':
      member.delivered = decodeState(present(member.disk.find(effect.snapshot.index), 'it is stored').data);
      cluster.invariants.restored(name, effect.snapshot, member.delivered);
      return;
    case 'send-snapshot':
      sendSnapshot(cluster, name, member.disk, effect);
      return;
    case 'store-snapshot':
      member.disk.receive(effect);
      return;
    case 'configure':
      member.configured = effect.configuration;
      return;
    case 'set-timer':
      member.timers.set(effect.timer, {
        setMs: cluster.clock(name),
        dueMs: cluster.nowMs + cluster.durationOf(effect.timer),
      });
      return;
    case 'cancel-timer':
      member.timers.delete(effect.timer);
      return;
    default:
      unreachable(effect);
  }
}

function sendSnapshot(cluster: ProtocolCluster, name: NodeId, disk: ProtocolDisk, effect: SendSnapshot): void {
  const { to, term, snapshot, offset, round } = effect;
  const piece = disk.read(snapshot.index, offset, cluster.config.chunkBytes);
  if (piece === null) cluster.postpone(name, { type: 'snapshot-gone', to });
  else cluster.post(name, to, { kind: 'install-snapshot', term, snapshot, offset, ...piece, round });
}
