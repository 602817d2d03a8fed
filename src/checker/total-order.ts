import type { Operation } from '../history/operation.ts';
import { Findings } from './findings.ts';
import { type Acknowledged, judgeAcknowledged } from './total-order/acknowledged.ts';
import { judgeDensity } from './total-order/density.ts';
import { judgeLog, Log } from './total-order/log.ts';
import { type Observations, observe } from './total-order/observations.ts';
import { Claims, judgeRealtime } from './total-order/realtime.ts';
import { judgeViews } from './total-order/views.ts';
import type { CheckerResult } from './verdict.ts';
import { counted, enumeration } from './words.ts';

/**
 * Judges total-order broadcast by what clients were told and what nodes delivered. The promises, and the kinds of
 * anomaly that break them:
 *
 * - one order: two nodes, or two boots of one, never deliver different messages at one position (`split-brain`), nor two
 *   messages in different orders (`reordered`); a message is delivered at most once (`duplicated`), without holes (`gap`);
 * - integrity: only what was broadcast before is delivered (`phantom`), and nothing whose broadcast failed
 *   (`failed-but-delivered`); an acknowledgement names the message and the position of its delivery (`wrong-ack`);
 * - durability: every node delivers every acknowledged message (`lost`);
 * - real time: what was acknowledged or seen delivered before another broadcast began stands before it (`realtime`).
 *
 * A message is lost on a node if the node delivered another message at its position, or if a read of the node that is
 * marked final, invoked after the acknowledgement, ends before that position. Any other read that ends early shows only
 * that the node lags: such a message could not be judged, and the verdict is `unknown` unless an anomaly was found.
 * Whoever marks a read final vouches that the node had time to catch up and that the answer was not cut short.
 *
 * What a snapshot brought a node need not be delivered, and nothing is owed to nodes that left (see `observe`).
 *
 * Linear in the size of the history. Throws a UsageError `bad-history` where operations lack the shape of the workload.
 */
export function checkTotalOrder(history: readonly Operation[]): CheckerResult {
  const observations = observe(history);
  const findings = new Findings();
  const log = new Log(observations);
  const claims = new Claims(observations, log);
  judgeLog(observations, log, findings);
  judgeViews(observations, log, findings);
  const acknowledged = judgeAcknowledged(observations, log, findings);
  judgeRealtime(observations, log, claims, findings);
  judgeDensity(observations, claims, findings);
  const stats = statsOf(observations, acknowledged, log.positions.length);
  if (findings.total > 0) {
    return { valid: false, reason: `anomalies: ${findings.inWords()}`, ...findings.result(), stats };
  }
  const unknown = whyUnknown(observations, acknowledged);
  if (unknown !== null) return { valid: 'unknown', reason: unknown, anomalies: [], stats };
  return { valid: true, reason: established(observations, acknowledged), anomalies: [], stats };
}

function whyUnknown({ acks, reads }: Observations, { unjudged, unjudgedNodes, example }: Acknowledged): string | null {
  if (acks.length === 0) return 'no broadcast was acknowledged, so nothing was promised that could be judged';
  if (reads.length === 0) return 'no read of deliveries succeeded, so nothing is known of what the nodes delivered';
  if (example === null) return null;
  const where = enumeration(unjudgedNodes);
  const first = `"${example.message}" at position ${example.position}`;
  return `${unjudged} of ${counted(acks.length, 'acknowledged message')} could not be judged: no read shows what ${where} delivered there (the first is ${first})`;
}

function established({ acks, reads, nodes }: Observations, { restored }: Acknowledged): string {
  const boots = new Set(reads.map((read) => `${read.boot} ${read.node}`)).size;
  const order = `in one order over ${counted(nodes.length, 'node')} and ${counted(boots, 'boot')}`;
  const trust = restored === 0 ? '' : `; ${counted(restored, 'delivery', 'deliveries')} by a snapshot were not seen`;
  return acks.length === 1
    ? `the one acknowledged message was delivered everywhere, ${order}${trust}`
    : `all ${acks.length} acknowledged messages were delivered everywhere, ${order}${trust}`;
}

function statsOf(observations: Observations, acknowledged: Acknowledged, positions: number): Record<string, number> {
  const { broadcasts, acks, reads, nodes } = observations;
  return {
    broadcasts: broadcasts.length,
    acknowledged: acks.length,
    failed: broadcasts.filter((broadcast) => broadcast.outcome === 'fail').length,
    indeterminate: broadcasts.filter((broadcast) => broadcast.outcome === 'info').length,
    reads: reads.length,
    deliveries: reads.reduce((sum, read) => sum + read.ids.length, 0),
    positions,
    nodes: nodes.length,
    unjudged: acknowledged.unjudged,
    restored: acknowledged.restored,
  };
}
