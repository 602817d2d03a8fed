import { present } from '../../src/base/assert.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { TraceEvent } from '../../src/node/trace.ts';
import { type NodeTrace, TraceCollector } from '../../src/report/trace-summary.ts';
import { NODES, SECOND, traceStart } from './fixture-run.ts';

type Role = 'follower' | 'candidate' | 'leader';

/** What happens to each node over 30 seconds, as seconds, role and term; null: it is dead from then on. */
const STORIES: Readonly<Record<string, readonly (readonly [number, Role, number] | null)[]>> = {
  n1: [
    [-1, 'follower', 0],
    [-0.5, 'candidate', 1],
    [-0.4, 'leader', 1],
    [9.3, 'follower', 3],
  ],
  n2: [
    [-1, 'follower', 0],
    [-0.4, 'follower', 1],
    [9.3, 'follower', 3],
  ],
  n3: [
    [-1, 'follower', 0],
    [-0.4, 'follower', 1],
    [4.4, 'candidate', 2],
    [4.5, 'leader', 2],
    null,
    [11.6, 'follower', 3],
  ],
  n4: [
    [-1, 'follower', 0],
    [-0.4, 'follower', 1],
    [4.5, 'follower', 2],
    [8.4, 'candidate', 3],
    [8.5, 'leader', 3],
    [16.5, 'follower', 4],
  ],
  n5: [
    [-1, 'follower', 0],
    [-0.4, 'follower', 1],
    [4.5, 'follower', 2],
    [8.5, 'follower', 3],
    [14.3, 'candidate', 4],
    [14.4, 'leader', 4],
  ],
};

/** The nodes' traces of a fixture run, as events. */
export function traceEvents(node: string, durationS = 30): TraceEvent[] {
  const at = NODES.indexOf(node);
  const time = (seconds: number): number => Math.round(seconds * SECOND) + traceStart(at);
  const events: TraceEvent[] = [];
  let boot = 1;
  let deadFrom = Number.POSITIVE_INFINITY;
  let backAt = Number.POSITIVE_INFINITY;
  for (const step of present(STORIES[node], `a story for ${node}`)) {
    if (step === null) {
      deadFrom = 8;
      continue;
    }
    const [seconds, role, term] = step;
    if (deadFrom === 8 && backAt === Number.POSITIVE_INFINITY) {
      backAt = seconds;
      boot = 2;
      events.push({ event: 'start', time: time(seconds - 0.01), node, boot, members: NODES, wallMs: 0 });
    }
    if (seconds === -1) events.push({ event: 'start', time: time(seconds), node, boot, members: NODES, wallMs: 0 });
    events.push({ event: 'role', time: time(seconds), node, boot, role, term, leader: null });
  }
  const dead = (seconds: number): boolean => seconds > deadFrom && seconds < backAt;
  const cutOff = (seconds: number): boolean => at < 2 && seconds > 4 && seconds < 9.3;
  const paused = (seconds: number): boolean => node === 'n4' && seconds > 14 && seconds < 16.5;
  for (let seconds = -0.4; seconds < durationS; seconds += 0.05) {
    if (dead(seconds) || paused(seconds)) continue;
    const line = { time: time(seconds), node, boot: seconds > backAt ? 2 : 1 };
    const commitIndex = Math.round(80 * (Math.max(0, seconds) - Math.min(Math.max(0, seconds - 18), 5) * 0.5));
    if (!cutOff(seconds)) events.push({ event: 'commit', ...line, term: 1, commitIndex });
    const to = NODES[(at + 1) % NODES.length] ?? 'n1';
    const id = `${node}-${Math.round(seconds * 100)}`;
    events.push({ event: 'send', ...line, id, from: node, to, kind: 'append-entries', term: 1, index: commitIndex });
  }
  return events.sort((a, b) => a.time - b.time);
}

export function nodeTraces(durationS = 30): Map<string, NodeTrace> {
  return new Map(NODES.map((node) => [node, collect(node, traceEvents(node, durationS))]));
}

/** A node that changed its role ten times a second and more: the worst that a lane has to bear. */
export function restlessTrace(node: string, changes = 200_000): NodeTrace {
  const random = seededRandom(3);
  const start = traceStart(NODES.indexOf(node));
  const roles: readonly Role[] = ['follower', 'candidate', 'leader'];
  const events = Array.from({ length: changes }, (_, at): TraceEvent => {
    const time = start + Math.round((at / changes) * 30 * SECOND);
    return { event: 'role', time, node, boot: 1, role: random.pick(roles), term: at, leader: null };
  });
  return collect(node, events);
}

function collect(node: string, events: readonly TraceEvent[]): NodeTrace {
  const collector = new TraceCollector(node);
  for (const event of events) collector.add(event);
  return collector.finish();
}
