import { assert } from '../../base/assert.ts';
import type { Fingerprint } from '../fingerprint.ts';
import type { DiagramStep, Model, Property } from '../model.ts';
import type { StateView } from '../state-view.ts';
import type { ActorSystem, SystemView } from './actor.ts';
import { type ComponentMemory, ComponentStore } from './component-store.ts';
import { type Network, networkOf } from './network.ts';
import { place, StateHash, type SystemState } from './state-hash.ts';
import { Permutations } from './symmetry.ts';
import { type ActorAction, type Envelope, type Outcome, Transitions } from './transitions.ts';
import { SystemWords } from './words.ts';

export class ActorModel<Local, Message, Input, Past> implements Model<SystemState, ActorAction> {
  readonly name: string;
  readonly properties: readonly Property<SystemState>[];
  readonly lifelines: readonly string[];
  readonly #system: ActorSystem<Local, Message, Input, Past>;
  readonly #store: ComponentStore;
  readonly #transitions: Transitions<Local, Message, Input, Past>;
  readonly #network: Network;
  /** Where the messages begin. */
  readonly #start: number;
  readonly #hash: StateHash<Local, Message, Input, Past>;
  readonly #words: SystemWords<Local, Message, Input, Past>;
  #viewed: SystemState | null = null;
  #view: SystemView<Local, Past> | null = null;

  /** With the `memory` of another model of the same system, this one knows the same parts by the same numbers. */
  constructor(system: ActorSystem<Local, Message, Input, Past>, memory?: ComponentMemory) {
    assert(system.inputs.length <= 30, 'each input has a bit');
    this.#system = system;
    this.name = system.name;
    this.lifelines = system.names;
    this.#store = memory === undefined ? ComponentStore.empty() : new ComponentStore(memory);
    this.#transitions = new Transitions(system, this.#store);
    this.#network = networkOf(system.network, (envelope) => this.#channelOf(envelope));
    this.#start = place.nodes + system.names.length;
    const channelOf = system.network === 'ordered' ? (envelope: number) => this.#channelOf(envelope) : null;
    const permutations = system.symmetry === null ? null : new Permutations(system, system.symmetry, this.#store);
    this.#hash = new StateHash(this.#store, permutations, this.#start, channelOf);
    this.#words = new SystemWords(system, this.#transitions);
    this.properties = system.properties.map(({ name, expectation, holds }) => ({
      name,
      expectation,
      holds: (state) => holds(this.view(state)),
    }));
  }

  get memory(): ComponentMemory {
    return this.#store.memory;
  }

  initialStates(): SystemState[] {
    const words = [0, 0, this.#store.idOf({ past: this.#system.history.initial })];
    const outcomes = this.#system.names.map((_, id) => this.#transitions.start(id));
    for (const { node } of outcomes) words.push(node);
    for (const [id, { sent, observed }] of outcomes.entries()) {
      for (const envelope of sent) this.#network.send(words, this.#start, envelope);
      if (observed !== 0) words[place.past] = this.#transitions.observe(words[place.past] as number, id, observed);
    }
    return [words];
  }

  actions(state: SystemState): ActorAction[] {
    const { lossy, maxCrashes, recovers } = this.#system;
    const actions: ActorAction[] = [];
    for (const at of this.#network.deliverable(state, this.#start)) {
      const envelope = state[at] as number;
      const { to } = this.#transitions.envelope(envelope);
      if (this.#transitions.prospects(this.#nodeOf(state, to)).up) actions.push({ kind: 'deliver', envelope });
      if (lossy) actions.push({ kind: 'drop', envelope });
    }
    for (let node = 0; node < this.#system.names.length; node++) {
      const { up, timers, choices, crashes } = this.#transitions.prospects(this.#nodeOf(state, node));
      for (const which of timers) actions.push({ kind: 'timeout', node, which, words: '' });
      for (const [which, words] of choices.entries()) actions.push({ kind: 'choice', node, which, words });
      if (up && (state[place.crashes] as number) < maxCrashes) {
        for (const [which, words] of crashes.entries()) actions.push({ kind: 'crash', node, which, words });
      }
      if (!up && recovers) actions.push({ kind: 'recover', node, which: 0, words: '' });
      if (up) this.#addInputs(state, node, actions);
    }
    return actions;
  }

  next(state: SystemState, action: ActorAction): SystemState | null {
    if (action.kind === 'drop') {
      const words = state.slice();
      this.#network.lose(words, this.#start, action.envelope);
      return words;
    }
    if (action.kind === 'deliver') return this.#deliver(state, action.envelope);
    const { kind, node, which } = action;
    const outcome = this.#transitions.happen(this.#nodeOf(state, node), kind, which);
    if (outcome === null) return null;
    const words = state.slice();
    if (kind === 'crash') words[place.crashes] = (words[place.crashes] as number) + 1;
    if (kind === 'input') words[place.inputs] = (words[place.inputs] as number) | (1 << which);
    return this.#apply(words, node, outcome);
  }

  withinBoundary(state: SystemState): boolean {
    return this.#system.withinBoundary === undefined || this.#system.withinBoundary(this.view(state));
  }

  fingerprint(state: SystemState, into: Fingerprint): void {
    this.#hash.of(state, into);
  }

  pack(state: SystemState): readonly number[] {
    return state;
  }

  unpack(words: readonly number[]): SystemState {
    return words;
  }

  /** The state for people and for properties. */
  view(state: SystemState): SystemView<Local, Past> {
    if (state === this.#viewed && this.#view !== null) return this.#view;
    const nodes = this.#system.names.map((_, id) => this.#transitions.node(state[place.nodes + id] as number));
    const { past } = this.#store.value(state[place.past] as number) as { past: Past };
    this.#viewed = state;
    this.#view = { nodes, past };
    return this.#view;
  }

  /** The message that an action delivers or loses. */
  envelope(id: number): Envelope<Message> {
    return this.#transitions.envelope(id);
  }

  describeAction(action: ActorAction): string {
    return this.#words.action(action);
  }

  describeState(state: SystemState): string[] {
    return this.#words.state(this.view(state), this.#envelopesOf(state));
  }

  viewState(state: SystemState): StateView | null {
    return this.#words.view(this.view(state), this.#envelopesOf(state));
  }

  diagramStep(state: SystemState, action: ActorAction): DiagramStep {
    const after = this.next(state, action);
    assert(after !== null, 'an action of a path changes something');
    return this.#words.step(this.view(state), this.view(after), action, this.#sentBy(state, action));
  }

  #sentBy(state: SystemState, action: ActorAction): readonly number[] {
    if (action.kind === 'drop') return [];
    if (action.kind === 'deliver') {
      const { to } = this.#transitions.envelope(action.envelope);
      return this.#transitions.deliver(this.#nodeOf(state, to), action.envelope)?.sent ?? [];
    }
    const { kind, node, which } = action;
    return this.#transitions.happen(this.#nodeOf(state, node), kind, which)?.sent ?? [];
  }

  #addInputs(state: SystemState, node: number, actions: ActorAction[]): void {
    const given = state[place.inputs] as number;
    for (const [which, { to, after }] of this.#system.inputs.entries()) {
      if ((given & (1 << which)) !== 0 || (to !== 'any' && to !== node)) continue;
      if (after === null || (given & (1 << after)) !== 0) actions.push({ kind: 'input', node, which, words: '' });
    }
  }

  #deliver(state: SystemState, envelope: number): SystemState | null {
    const { to } = this.#transitions.envelope(envelope);
    const outcome = this.#transitions.deliver(this.#nodeOf(state, to), envelope);
    // What waits behind it in its channel can come only once it is gone.
    if (outcome === null && this.#system.network !== 'ordered') return null;
    const words = state.slice();
    this.#network.deliver(words, this.#start, envelope);
    return outcome === null ? words : this.#apply(words, to, outcome);
  }

  #apply(words: number[], id: number, { node, sent, observed }: Outcome): SystemState {
    words[place.nodes + id] = node;
    for (const envelope of sent) this.#network.send(words, this.#start, envelope);
    if (observed !== 0) words[place.past] = this.#transitions.observe(words[place.past] as number, id, observed);
    return words;
  }

  #envelopesOf(state: SystemState): Envelope<Message>[] {
    return state.slice(this.#start).map((envelope) => this.#transitions.envelope(envelope));
  }

  #nodeOf(state: SystemState, id: number): number {
    return state[place.nodes + id] as number;
  }

  #channelOf(envelope: number): number {
    const { from, to } = this.#transitions.envelope(envelope);
    return from * this.#system.names.length + to;
  }
}
