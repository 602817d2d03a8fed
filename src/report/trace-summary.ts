import type { MembersTrace, RoleTrace, TraceEvent } from '../node/trace.ts';
import { isRecord } from './format.ts';

/** What a page needs of one node's trace, however long the trace is. Times are the node's own, in nanoseconds. */
export interface NodeTrace {
  readonly node: string;
  readonly lines: number;
  /** Lines that could not be read: torn by a kill, or not a trace's. */
  readonly badLines: number;
  /** From when on something was left out because the trace was too long; null where it is whole. */
  readonly cutAt: number | null;
  readonly boots: readonly Boot[];
  readonly roles: readonly RoleChange[];
  /** Thinned out, except where the index goes down. */
  readonly commits: readonly CommitPoint[];
  readonly silences: readonly Silence[];
  readonly milestones: readonly Milestone[];
  readonly sent: number;
  readonly received: number;
  readonly dropped: number;
}

interface Boot {
  readonly boot: number;
  readonly firstTime: number;
  readonly lastTime: number;
}

export interface RoleChange {
  readonly time: number;
  readonly boot: number;
  readonly role: RoleTrace['role'];
  /** Null for a node that has just started and has not told its term yet. */
  readonly term: number | null;
}

export interface CommitPoint {
  readonly time: number;
  readonly commitIndex: number;
}

/** A snapshot was stored, of this node's own or one that the leader sent; or other members count for it from now on. */
export interface Milestone {
  readonly time: number;
  readonly kind: 'snapshot' | 'installed' | 'members';
  /** The last index of the snapshot, or the members. */
  readonly what: string;
}

/** A time without any line: the node was stopped or paused, or, where messages aren't traced, had nothing to tell. */
export interface Silence {
  readonly from: number;
  readonly to: number;
  readonly restarted: boolean;
}

/** Shorter gaps are ordinary: a follower hears several heartbeats in this time. */
const SILENCE_NS = 1e9;
const COMMIT_STEP_NS = 20e6;
/** Bounds of what is held of one node; a run within reach of them is far past what a picture can show. */
const MOST_ROLES = 50_000;
const MOST_COMMITS = 50_000;
const MOST_SILENCES = 10_000;
const MOST_MILESTONES = 10_000;

/** Takes a node's trace line by line and keeps what a page needs of it. */
export class TraceCollector {
  private readonly node: string;
  private readonly boots: { boot: number; firstTime: number; lastTime: number }[] = [];
  private readonly roles: RoleChange[] = [];
  private readonly commits: CommitPoint[] = [];
  private readonly silences: Silence[] = [];
  private readonly milestones: Milestone[] = [];
  private readonly messages = { send: 0, receive: 0, drop: 0 };
  private unkeptCommit: CommitPoint | null = null;
  private lines = 0;
  private badLines = 0;
  private cutAt: number | null = null;

  constructor(node: string) {
    this.node = node;
  }

  /** A line of the file; one that is no trace event is counted, since a killed node may tear its last line. */
  addLine(line: string): void {
    const event = parseTraceLine(line);
    if (event === null) this.badLines++;
    else this.add(event);
  }

  add(event: TraceEvent): void {
    this.lines++;
    this.notice(event.time, event.boot);
    switch (event.event) {
      case 'start':
        // Every Raft node starts as a follower; it writes no line of its own for that.
        this.addRole({ time: event.time, boot: event.boot, role: 'follower', term: null });
        return;
      case 'role':
        this.addRole({ time: event.time, boot: event.boot, role: event.role, term: event.term });
        return;
      case 'commit':
        this.addCommit({ time: event.time, commitIndex: event.commitIndex });
        return;
      case 'snapshot':
        this.addMilestone(event.time, event.installed ? 'installed' : 'snapshot', String(event.index));
        return;
      case 'members':
        this.addMilestone(event.time, 'members', membersInWords(event.members));
        return;
      case 'send':
      case 'receive':
      case 'drop':
        this.messages[event.event]++;
        return;
    }
  }

  /** Says that a part of the trace, from here on, was not given to the collector. */
  markCut(): void {
    this.cutAt ??= this.boots.at(-1)?.lastTime ?? 0;
  }

  finish(): NodeTrace {
    const { node, lines, badLines, cutAt, boots, roles, silences, milestones } = this;
    const commits = this.unkeptCommit === null ? this.commits : [...this.commits, this.unkeptCommit];
    const { send: sent, receive: received, drop: dropped } = this.messages;
    return { node, lines, badLines, cutAt, boots, roles, commits, silences, milestones, sent, received, dropped };
  }

  private notice(time: number, boot: number): void {
    const current = this.boots.at(-1);
    const restarted = current !== undefined && current.boot !== boot;
    if (current !== undefined && (restarted || time - current.lastTime >= SILENCE_NS)) {
      if (this.silences.length >= MOST_SILENCES) this.markCut();
      else this.silences.push({ from: current.lastTime, to: time, restarted });
    }
    if (current === undefined || restarted) this.boots.push({ boot, firstTime: time, lastTime: time });
    else current.lastTime = Math.max(current.lastTime, time);
  }

  private addRole(change: RoleChange): void {
    if (this.roles.length >= MOST_ROLES) this.markCut();
    else this.roles.push(change);
  }

  private addMilestone(time: number, kind: Milestone['kind'], what: string): void {
    if (this.milestones.length >= MOST_MILESTONES) this.markCut();
    else this.milestones.push({ time, kind, what });
  }

  private addCommit(point: CommitPoint): void {
    const last = this.commits.at(-1);
    const before = this.unkeptCommit;
    if (last === undefined || point.time - last.time >= COMMIT_STEP_NS || point.commitIndex < last.commitIndex) {
      // The newest point before a jump tells how high the index stood until then.
      if (before !== null) this.keepCommit(before);
      this.keepCommit(point);
      this.unkeptCommit = null;
    } else {
      this.unkeptCommit = point;
    }
  }

  private keepCommit(point: CommitPoint): void {
    if (this.commits.length >= MOST_COMMITS) this.markCut();
    else this.commits.push(point);
  }
}

/** Voters by their names alone: `n1 n2 n3 (learner)`. */
function membersInWords(members: MembersTrace['members']): string {
  return members.map(({ id, standing }) => (standing === 'voter' ? id : `${id} (${standing})`)).join(' ');
}

/** A line of `trace.jsonl`, or null where it is none. Only what this layer reads is looked at. */
export function parseTraceLine(line: string): TraceEvent | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  return isTraceEvent(value) ? value : null;
}

function isTraceEvent(value: unknown): value is TraceEvent {
  if (!isRecord(value) || !isNumber(value['time']) || !isNumber(value['boot'])) return false;
  switch (value['event']) {
    case 'start':
    case 'send':
    case 'receive':
    case 'drop':
      return true;
    case 'role':
      return isRole(value['role']) && isNumber(value['term']);
    case 'commit':
      return isNumber(value['commitIndex']);
    case 'snapshot':
      return isNumber(value['index']) && typeof value['installed'] === 'boolean';
    case 'members':
      return Array.isArray(value['members']) && value['members'].every(isMember);
    default:
      return false;
  }
}

function isMember(value: unknown): boolean {
  return isRecord(value) && typeof value['id'] === 'string' && typeof value['standing'] === 'string';
}

function isRole(value: unknown): boolean {
  return value === 'follower' || value === 'pre-candidate' || value === 'candidate' || value === 'leader';
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value);
}
