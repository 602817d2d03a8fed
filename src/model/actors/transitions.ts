import { assert, present } from '../../base/assert.ts';
import type { ActorSystem, Command, NodeView, Reaction } from './actor.ts';
import type { ComponentStore } from './component-store.ts';
import { PairTable } from './pair-table.ts';

/** A message on its way. */
export interface Envelope<Message> {
  readonly from: number;
  readonly to: number;
  readonly message: Message;
}

/** What happens to an actor, as numbers of parts: how it is afterwards, what it has sent, what the history is told. */
export interface Outcome {
  readonly node: number;
  readonly sent: readonly number[];
  /** The number of the list of observations; 0 for none. */
  readonly observed: number;
}

/** What may happen to an actor in a state of its own. */
export interface Prospects {
  readonly up: boolean;
  /** By place among the timers of the system. */
  readonly timers: readonly number[];
  readonly choices: readonly string[];
  readonly crashes: readonly string[];
}

/** What can happen to one actor, other than a message: which number it has as an event, and which of several it is. */
const eventKinds = { timeout: 0, input: 1, choice: 2, crash: 3, recover: 4 } as const;
export type EventKind = keyof typeof eventKinds;

/** One thing that may happen: to a message, by its number, or to an actor. `words` are what the actor says of it. */
export type ActorAction =
  | { readonly kind: 'deliver'; readonly envelope: number }
  | { readonly kind: 'drop'; readonly envelope: number }
  | { readonly kind: EventKind; readonly node: number; readonly which: number; readonly words: string };

/**
 * Each actor's part of each transition, worked out once and remembered by number: most states of the system consist of
 * local states that were met before, to which nothing new happens.
 */
export class Transitions<Local, Message, Input, Past> {
  readonly #system: ActorSystem<Local, Message, Input, Past>;
  readonly #store: ComponentStore;
  #known = new PairTable();
  #outcomes: (Outcome | null)[] = [null];
  #prospects: (Prospects | undefined)[] = [];
  #pasts = new PairTable();

  constructor(system: ActorSystem<Local, Message, Input, Past>, store: ComponentStore) {
    this.#system = system;
    this.#store = store;
  }

  start(id: number): Outcome {
    return this.#outcome({ id, up: true, timers: [] }, this.#system.actor.start(id));
  }

  /** Null where the message changes nothing. */
  deliver(node: number, envelope: number): Outcome | null {
    return this.#recall(node, envelope, () => {
      const { from, message } = this.envelope(envelope);
      const view = this.node(node);
      return this.#reaction(view, node, this.#system.actor.receive(view.id, view.local, from, message));
    });
  }

  /** What becomes of an actor by an event other than a message; `which` timer, input, choice or crash, by place. */
  happen(node: number, kind: EventKind, which: number): Outcome | null {
    // Envelopes have numbers above 0, so these are free.
    const event = -1 - (which * 8 + eventKinds[kind]);
    return this.#recall(node, event, () => {
      const view = this.node(node);
      return this.#work(view, node, kind, which);
    });
  }

  prospects(node: number): Prospects {
    const known = this.#prospects[node];
    if (known !== undefined) return known;
    const { actor, timers } = this.#system;
    const { id, up, local, timers: set } = this.node(node);
    const prospects: Prospects = {
      up,
      timers: set.map((timer) => timers.indexOf(timer)),
      choices: up ? (actor.choices?.(id, local) ?? []) : [],
      crashes: up ? (actor.crash?.(id, local).map(({ words }) => words) ?? ['']) : [],
    };
    this.#prospects[node] = prospects;
    return prospects;
  }

  /** The history after these observations of this actor. */
  observe(past: number, id: number, observed: number): number {
    const key = observed * this.#system.names.length + id;
    const known = this.#pasts.get(past, key);
    if (known !== 0) return known;
    let value = this.#store.value(past) as { past: Past };
    for (const observation of this.#store.value(observed) as readonly unknown[]) {
      value = { past: this.#system.history.observe(value.past, id, observation) };
    }
    const next = this.#store.idOf(value);
    this.#pasts.add(past, key, next);
    return next;
  }

  node(node: number): NodeView<Local> {
    return this.#store.value(node) as NodeView<Local>;
  }

  envelope(envelope: number): Envelope<Message> {
    return this.#store.value(envelope) as Envelope<Message>;
  }

  #work(view: NodeView<Local>, node: number, kind: EventKind, which: number): Outcome | null {
    const { actor, timers, inputs } = this.#system;
    const { id, local } = view;
    switch (kind) {
      case 'timeout': {
        const timer = present(timers[which], 'the timer is known');
        const unset = { ...view, timers: view.timers.filter((set) => set !== timer) };
        return this.#outcome(unset, actor.timeout(id, local, timer) ?? { local, commands: [] });
      }
      case 'input':
        return this.#reaction(
          view,
          node,
          actor.input?.(id, local, present(inputs[which], 'the input is known').input) ?? null,
        );
      case 'choice':
        assert(actor.choose !== undefined, 'who has choices can choose');
        return this.#outcome(view, actor.choose(id, local, which));
      case 'crash': {
        const left = actor.crash?.(id, local)[which]?.left ?? local;
        return this.#outcome({ id, up: false, timers: [] }, { local: left, commands: [] });
      }
      case 'recover':
        return this.#outcome({ id, up: true, timers: [] }, actor.recover?.(id, local) ?? actor.start(id));
    }
  }

  #reaction(view: NodeView<Local>, node: number, reaction: Reaction<Local, Message> | null): Outcome | null {
    if (reaction === null) return null;
    const outcome = this.#outcome(view, reaction);
    const changes = outcome.node !== node || outcome.sent.length > 0 || outcome.observed !== 0;
    return changes ? outcome : null;
  }

  #outcome(before: Omit<NodeView<Local>, 'local'>, { local, commands }: Reaction<Local, Message>): Outcome {
    const store = this.#store;
    const timers = this.#timersAfter(before.timers, commands);
    const sent = commands
      .filter((command) => command.type === 'send')
      .map(({ to, message }) => store.idOf({ from: before.id, to, message }));
    const observations = commands.filter((command) => command.type === 'observe').map(({ observation }) => observation);
    const observed = observations.length === 0 ? 0 : store.idOf(observations);
    return { node: store.idOf({ id: before.id, up: before.up, timers, local }), sent, observed };
  }

  #timersAfter(before: readonly string[], commands: readonly Command<Message>[]): string[] {
    const timers = new Set(before);
    for (const command of commands) {
      if (command.type === 'set-timer') timers.add(command.timer);
      if (command.type === 'cancel-timer') timers.delete(command.timer);
    }
    return this.#system.timers.filter((timer) => timers.has(timer));
  }

  #recall(node: number, event: number, work: () => Outcome | null): Outcome | null {
    const known = this.#known.get(node, event);
    if (known !== 0) return this.#outcomes[known] as Outcome | null;
    if (this.#known.size > mostRemembered) this.#forget();
    const outcome = work();
    this.#known.add(node, event, this.#outcomes.push(outcome) - 1);
    return outcome;
  }

  #forget(): void {
    this.#known = new PairTable();
    this.#outcomes = [null];
    this.#prospects = [];
    this.#pasts = new PairTable();
  }
}

/** Then everything is forgotten, so that what one thread remembers stays within some hundred megabytes. */
const mostRemembered = 2_000_000;
