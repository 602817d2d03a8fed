import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { NodeId } from './protocol/entries.ts';
import type { Step } from './protocol/events.ts';
import type { Message } from './protocol/messages.ts';
import type { Config, State } from './protocol/state.ts';
import type { Storage } from './storage/storage.ts';
import type { Timing } from './timers.ts';
import type { Transport } from './transport/transport.ts';

export interface DriverSettings {
  readonly config: Config;
  /** How often this node has been started, from 1: request ids stay unique over restarts with it. */
  readonly boot: number;
  readonly timing: Timing;
  /** After how many committed entries the application's state is taken and the log compacted; null: never. */
  readonly snapshotEvery: number | null;
  /** After how many bytes of messages that is done sooner. */
  readonly snapshotBytes: number;
}

export interface DriverPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly storage: Storage;
  readonly transport: Transport;
  /** The protocol; another one only to plant a bug. */
  readonly step?: Step;
}

export interface DriverEvents {
  /** Something an operator may want to know. */
  noticed(what: string): void;
  /** The node cannot go on (its disk failed, an invariant broke) and has stopped. */
  failed(error: Error): void;
  /** Whoever wants to see all that the node does, or null. */
  readonly trace: DriverTrace | null;
}

/** It must not throw: a node that is watched is to do what it does unwatched. */
export interface DriverTrace {
  /** After every step: what the node was and is. */
  stepped(before: State, after: State): void;
  message(event: 'send' | 'receive' | 'drop', from: NodeId, to: NodeId, message: Message, id: string): void;
}
