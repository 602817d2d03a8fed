import type { Expectation } from '../model.ts';
import type { NodeCard } from '../state-view.ts';

/**
 * Actors that exchange messages over a network, have timers, crash and recover. Their states, messages and what else is
 * given here are plain data (plain-values.ts), and an actor is a function of what it is given, so that what one does is
 * worked out once for each pair of its state and what happens to it, however many states of the whole system have that pair.
 */
export interface Actor<Local, Message, Input> {
  /** Actors are numbered from 0. */
  start(id: number): Reaction<Local, Message>;
  /** Null where the message changes nothing: it then stays on an unordered network, as if it had not been delivered. */
  receive(id: number, local: Local, from: number, message: Message): Reaction<Local, Message> | null;
  /** The timer is not set any more by then. Null where this changes nothing but that. */
  timeout(id: number, local: Local, timer: string): Reaction<Local, Message> | null;
  /** Something comes from outside: a client's request. Null where it is not taken: it may be given again later. */
  input?(id: number, local: Local, input: Input): Reaction<Local, Message> | null;
  /** What the actor, or its disk, may do of its own accord, in words; `choose` does it, by place. */
  choices?(id: number, local: Local): readonly string[];
  choose?(id: number, local: Local, choice: number): Reaction<Local, Message>;
  /** What a crash may leave of it, each in words; one nameless thing that is the state itself unless given. */
  crash?(id: number, local: Local): readonly { readonly words: string; readonly left: Local }[];
  /** It starts again from what a crash has left. */
  recover?(id: number, left: Local): Reaction<Local, Message>;
}

export interface Reaction<Local, Message> {
  readonly local: Local;
  /** In this order. */
  readonly commands: readonly Command<Message>[];
}

export type Command<Message> =
  | { readonly type: 'send'; readonly to: number; readonly message: Message }
  | { readonly type: 'set-timer'; readonly timer: string }
  | { readonly type: 'cancel-timer'; readonly timer: string }
  /** Something that the history is to know of: see `History`. */
  | { readonly type: 'observe'; readonly observation: unknown };

/** What properties need to know of the past. It is part of the state, so it should hold no more than they need. */
export interface History<Past> {
  readonly initial: Past;
  observe(past: Past, id: number, observation: unknown): Past;
}

/** `unordered-nonduplicating`: what is delivered is gone. `-duplicating`: it stays, and may be delivered again. */
export const networks = ['unordered-nonduplicating', 'unordered-duplicating', 'ordered'] as const;
export type NetworkKind = (typeof networks)[number];

export interface ActorSystem<Local, Message, Input, Past> {
  readonly name: string;
  /** What the actors are called; there are as many as names. */
  readonly names: readonly string[];
  readonly actor: Actor<Local, Message, Input>;
  readonly timers: readonly string[];
  readonly network: NetworkKind;
  /** Whether messages may be lost. A message that is never delivered looks the same to all but those that wait for an end. */
  readonly lossy: boolean;
  /** What comes from outside, each at most once: to one actor or to any, and, where `after` says so, once that one came. */
  readonly inputs: readonly { readonly to: number | 'any'; readonly after: number | null; readonly input: Input }[];
  /** How many crashes there are at most, and whether who crashed may start again. */
  readonly maxCrashes: number;
  readonly recovers: boolean;
  readonly history: History<Past>;
  readonly properties: readonly ActorProperty<Local, Past>[];
  withinBoundary?(system: SystemView<Local, Past>): boolean;
  /** Makes states that differ only by a permutation of the actors one. See symmetry.ts for when that is sound. */
  readonly symmetry: ActorSymmetry<Local, Message, Input, Past> | null;
  readonly words: ActorWords<Local, Message, Input, Past>;
}

export interface ActorProperty<Local, Past> {
  readonly name: string;
  readonly expectation: Expectation;
  holds(system: SystemView<Local, Past>): boolean;
}

/** A state of the whole system as properties see it. */
export interface SystemView<Local, Past> {
  readonly nodes: readonly NodeView<Local>[];
  readonly past: Past;
}

export interface NodeView<Local> {
  readonly id: number;
  readonly up: boolean;
  readonly timers: readonly string[];
  /** What the actor knows; of one that is down, what the crash has left. */
  readonly local: Local;
}

/** What becomes of everything when actor `i` is called `permutation[i]` instead. */
export interface ActorSymmetry<Local, Message, Input, Past> {
  local(local: Local, permutation: readonly number[]): Local;
  message(message: Message, permutation: readonly number[]): Message;
  input(input: Input, permutation: readonly number[]): Input;
  past(past: Past, permutation: readonly number[]): Past;
}

export interface ActorWords<Local, Message, Input, Past> {
  local(local: Local): readonly string[];
  message(message: Message): string;
  input(input: Input): string;
  timer(timer: string): string;
  past(past: Past): readonly string[];
  /** An actor as a page draws it; without it a page shows the lines of `local`. */
  card?(node: NodeView<Local>): Omit<NodeCard, 'name' | 'timers'>;
  /** What is worth a note in a diagram when an actor went from one state to another. */
  notes(before: Local, after: Local): readonly string[];
}
