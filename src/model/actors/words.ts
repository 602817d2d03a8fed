import { present, unreachable } from '../../base/assert.ts';
import type { DiagramStep } from '../model.ts';
import type { MessageOnTheWay, StateView } from '../state-view.ts';
import type { ActorSystem, SystemView } from './actor.ts';
import type { ActorAction, Envelope, Transitions } from './transitions.ts';

/** States and actions of a system of actors in words. */
export class SystemWords<Local, Message, Input, Past> {
  readonly #system: ActorSystem<Local, Message, Input, Past>;
  readonly #transitions: Transitions<Local, Message, Input, Past>;

  constructor(system: ActorSystem<Local, Message, Input, Past>, transitions: Transitions<Local, Message, Input, Past>) {
    this.#system = system;
    this.#transitions = transitions;
  }

  action(action: ActorAction): string {
    switch (action.kind) {
      case 'deliver': {
        const { from, to, message } = this.#transitions.envelope(action.envelope);
        return `${this.#name(to)} receives from ${this.#name(from)}: ${this.#system.words.message(message)}`;
      }
      case 'drop': {
        const { from, to, message } = this.#transitions.envelope(action.envelope);
        return `lost on the way from ${this.#name(from)} to ${this.#name(to)}: ${this.#system.words.message(message)}`;
      }
      case 'timeout':
        return `${this.#name(action.node)}: ${this.#event(action)}`;
      case 'input':
        return `${this.#name(action.node)} is asked to ${this.#event(action)}`;
      case 'choice':
        return `${this.#name(action.node)}: ${action.words}`;
      case 'crash':
        return `${this.#name(action.node)} crashes${action.words === '' ? '' : `, ${action.words}`}`;
      case 'recover':
        return `${this.#name(action.node)} starts again`;
      default:
        return unreachable(action);
    }
  }

  state({ nodes, past }: SystemView<Local, Past>, envelopes: readonly Envelope<Message>[]): string[] {
    const { words } = this.#system;
    const lines = nodes.map(({ id, up, timers, local }) => {
      const set = up && timers.length > 0 ? [`timers: ${timers.map(words.timer).join(', ')}`] : [];
      return `${this.#name(id)}${up ? '' : ' (down)'}: ${[...words.local(local), ...set].join('; ')}`;
    });
    for (const { from, to, message } of envelopes) {
      lines.push(`on the way from ${this.#name(from)} to ${this.#name(to)}: ${words.message(message)}`);
    }
    return [...lines, ...words.past(past)];
  }

  view({ nodes, past }: SystemView<Local, Past>, envelopes: readonly Envelope<Message>[]): StateView | null {
    const { card, timer, past: pastWords } = this.#system.words;
    if (card === undefined) return null;
    return {
      nodes: nodes.map((node) => ({
        ...card(node),
        name: this.#name(node.id),
        timers: node.up ? node.timers.map(timer) : [],
      })),
      messages: this.#counted(envelopes),
      notes: pastWords(past),
    };
  }

  step(
    before: SystemView<Local, Past>,
    after: SystemView<Local, Past>,
    action: ActorAction,
    sent: readonly number[],
  ): DiagramStep {
    const { words } = this.#system;
    const isMessage = action.kind === 'deliver' || action.kind === 'drop';
    const envelope = isMessage ? this.#transitions.envelope(action.envelope) : null;
    const lifeline = isMessage ? this.#transitions.envelope(action.envelope).to : action.node;
    const was = present(before.nodes[lifeline], 'the lifeline is of an actor');
    const is = present(after.nodes[lifeline], 'the lifeline is of an actor');
    return {
      lifeline,
      kind: action.kind,
      label: this.#event(action),
      message: isMessage && envelope !== null ? { id: action.envelope, from: envelope.from } : null,
      sent: sent.map((id) => {
        const { to, message } = this.#transitions.envelope(id);
        return { id, to, label: words.message(message) };
      }),
      notes: action.kind === 'drop' ? [] : words.notes(was.local, is.local),
    };
  }

  #event(action: ActorAction): string {
    const { words, timers, inputs } = this.#system;
    switch (action.kind) {
      case 'timeout':
        return words.timer(present(timers[action.which], 'the timer is known'));
      case 'input':
        return words.input(present(inputs[action.which], 'the input is known').input);
      case 'choice':
        return action.words;
      case 'crash':
        return action.words === '' ? 'crash' : `crash, ${action.words}`;
      case 'recover':
        return 'start again';
      case 'deliver':
      case 'drop':
        return words.message(this.#transitions.envelope(action.envelope).message);
      default:
        return unreachable(action);
    }
  }

  #counted(envelopes: readonly Envelope<Message>[]): MessageOnTheWay[] {
    const counted = new Map<string, MessageOnTheWay>();
    for (const { from, to, message } of envelopes) {
      const label = this.#system.words.message(message);
      const key = `${from} ${to} ${label}`;
      counted.set(key, { from, to, label, count: (counted.get(key)?.count ?? 0) + 1 });
    }
    return [...counted.values()];
  }

  #name(id: number): string {
    return present(this.#system.names[id], 'an actor has a name');
  }
}
