import type { Clock } from '../base/clock.ts';
import type { DriverTrace } from '../raft/driver-ports.ts';
import { latestConfiguration } from '../raft/protocol/configuration.ts';
import type { Message } from '../raft/protocol/messages.ts';
import { leaderOf } from '../raft/protocol/roles.ts';
import type { State } from '../raft/protocol/state.ts';
import type { TraceEvent, TraceLine } from './trace.ts';

type Untimed<T extends TraceLine> = T extends TraceLine ? Omit<T, keyof TraceLine> : never;

/** Writes the trace of one node: one line for each change of role, term or leader, each commit and each message. */
export class Tracer implements DriverTrace {
  readonly #clock: Clock;
  readonly #node: string;
  readonly #boot: number;
  readonly #append: (line: string) => void;

  /** `append` takes whole lines, line feed included. */
  constructor(clock: Clock, node: string, boot: number, append: (line: string) => void) {
    this.#clock = clock;
    this.#node = node;
    this.#boot = boot;
    this.#append = append;
  }

  started(members: readonly string[]): void {
    this.#write({ event: 'start', members, wallMs: this.#clock.wallMs() });
  }

  stepped(before: State, after: State): void {
    if (before.role !== after.role || before.term !== after.term) {
      const old = roleOf(before);
      const now = roleOf(after);
      if (old.role !== now.role || old.leader !== now.leader || before.term !== after.term) {
        this.#write({ event: 'role', ...now, term: after.term });
      }
    }
    if (before.commitIndex !== after.commitIndex) {
      this.#write({ event: 'commit', term: after.term, commitIndex: after.commitIndex });
    }
    if (before.snapshot !== after.snapshot && after.snapshot !== null) {
      this.#write({
        event: 'snapshot',
        index: after.snapshot.index,
        installed: after.snapshot.index > before.commitIndex,
      });
    }
    const members = latestConfiguration(after);
    if (latestConfiguration(before) !== members) {
      this.#write({ event: 'members', members: members.map(({ id, standing }) => ({ id, standing })) });
    }
  }

  message(event: 'send' | 'receive' | 'drop', from: string, to: string, message: Message, id: string): void {
    this.#write({ event, id, from, to, kind: message.kind, term: message.term, index: indexOf(message) });
  }

  #write(event: Untimed<TraceEvent>): void {
    this.#append(`${JSON.stringify({ time: this.#clock.nowNs(), node: this.#node, boot: this.#boot, ...event })}\n`);
  }
}

export function roleOf(state: State): { role: State['role']['name']; leader: string | null } {
  return { role: state.role.name, leader: leaderOf(state) };
}

/** The last log index that a message speaks of. */
function indexOf(message: Message): number | null {
  switch (message.kind) {
    case 'request-prevote':
    case 'request-vote':
      return message.lastLogIndex;
    case 'commit':
      return message.commitIndex;
    case 'install-snapshot':
      return message.snapshot.index;
    case 'snapshot-taken':
      return message.index;
    case 'append-entries':
      return message.prevLogIndex + message.entries.length;
    case 'append-accepted':
      return message.matchIndex;
    case 'append-rejected':
      return message.prevLogIndex;
    case 'read-index':
      return message.index;
    case 'prevote':
    case 'vote':
    case 'forward':
    case 'forward-answers':
    case 'forward-read':
    case 'timeout-now':
      return null;
  }
}
