import { Block } from './block.ts';
import type { Call, Model, Problem } from './model.ts';
import { Needs } from './needs.ts';
import { insert, isIn, lowest, remove } from './slots.ts';
import { type Timeline, timelineOf } from './timeline.ts';
import { callOf, dropped, freed, kindOf, passed, Trail, used, usedThoughFree } from './trail.ts';
import { none, Transitions } from './transitions.ts';

/**
 * Where a search stands: how far time has come, the state, and which open calls still must take effect and which may.
 * Every change is on a trail, so that a search can take it back.
 *
 * A call that must take effect becomes one that may as soon as another one overwrites the state: it can always be taken to
 * have happened just before. (So nobody has to guess in which order writes that no one sees came.)
 */
export class Configuration<State, Action> {
  readonly transitions: Transitions<State, Action>;
  readonly timeline: Timeline;
  readonly calls: readonly Call<Action>[];
  /** By call: 1 where it must happen. */
  readonly #required: Int32Array;
  /** By call: its action, and 1 for what is so. */
  readonly action: Int32Array;
  readonly observes: Int32Array;
  readonly overwrites: Int32Array;
  readonly isBlind: Int32Array;
  /** By call: the state it needs, `none` where it asks for none. Null where the model does not know. */
  readonly asks: Int32Array | null;
  readonly #needs: Needs | null;

  readonly must: Int32Array;
  readonly may: Int32Array;
  readonly #callIn: Int32Array;
  position = 0;
  state: number;
  readonly #trail = new Trail();

  constructor({ model, initial, calls }: Problem<State, Action>) {
    this.calls = calls;
    this.transitions = new Transitions(model);
    this.timeline = timelineOf(calls);
    this.state = this.transitions.stateNumber(initial);
    const words = Math.max(1, Math.ceil(this.timeline.slots / 32));
    const block = new Block(5 * calls.length + 34 * words);
    this.action = block.array(calls.length);
    this.#required = block.array(calls.length);
    this.observes = block.array(calls.length);
    this.overwrites = block.array(calls.length);
    this.isBlind = block.array(calls.length);
    this.must = block.array(words);
    this.may = block.array(words);
    this.#callIn = block.array(32 * words).fill(-1);
    for (let call = 0; call < calls.length; call++) {
      const { action, required } = calls[call] as Call<Action>;
      this.action[call] = this.transitions.actionNumber(action);
      this.#required[call] = required ? 1 : 0;
    }
    const effects = this.transitions.actions.map((action) => model.effect(action));
    for (let call = 0; call < calls.length; call++) {
      const effect = effects[this.action[call] as number];
      if (effect === 'observe') this.observes[call] = 1;
      else if (effect !== 'update') this.isBlind[call] = 1;
      if (effect === 'overwrite') this.overwrites[call] = 1;
    }
    // What needs a state tells nothing where it may be the unknown one that all begins with.
    const known = model.anything === undefined || model.stateKey(initial) !== model.stateKey(model.anything);
    const ends = known && model.ends !== undefined ? this.#endsBy(model.ends) : null;
    this.asks = ends?.asks ?? null;
    this.#needs = ends?.needs ?? null;
    if (!this.atEnd) this.#open(0);
  }

  get atEnd(): boolean {
    return this.position === this.timeline.returns.length;
  }

  get trailLength(): number {
    return this.#trail.length;
  }

  get bytes(): number {
    return this.transitions.bytes + this.#trail.bytes;
  }

  /** Whether a state is needed that no call can bring about: nothing can follow then. */
  get lacksState(): boolean {
    return this.#needs?.lacksOtherThan(this.state) ?? false;
  }

  /** The open call of a slot; only where one of the sets holds the slot. */
  callIn(slot: number): number {
    return this.#callIn[slot] as number;
  }

  invoked(call: number): number {
    return (this.calls[call] as Call<Action>).invoked;
  }

  completed(call: number): number {
    return (this.calls[call] as Call<Action>).completed;
  }

  mustHappen(call: number): boolean {
    return isIn(this.must, this.timeline.slot[call] as number);
  }

  /** Whether a call that must still take effect could be overwritten at once. */
  get awaitsOverwrite(): boolean {
    for (let word = 0; word < this.must.length; word++) {
      for (let bits = this.must[word] as number; bits !== 0; bits &= bits - 1) {
        if (this.isBlind[this.callIn(word * 32 + lowest(bits))] === 1) return true;
      }
    }
    return false;
  }

  /** Whether leaving the state by this call loses it for others that need it. */
  strands(call: number, next: number): boolean {
    if (this.#needs === null || next === this.state) return false;
    return this.#needs.strandedBy(call, this.mustHappen(call), this.state);
  }

  /** The call takes effect and leads to `next`. */
  take(call: number, next: number): void {
    this.#use(call);
    if (this.overwrites[call] === 1) this.#freeBlind();
    this.state = next;
  }

  /**
   * Takes every observation that the state allows (it cannot do so better later), and passes completions up to one whose
   * call may or must still take effect. Returns whether anything was observed.
   */
  settle(): boolean {
    let observed = this.#observe();
    const { returns, slot } = this.timeline;
    while (!this.atEnd) {
      const place = slot[returns[this.position] as number] as number;
      if (isIn(this.must, place) || isIn(this.may, place)) break;
      if (this.#pass()) observed = true;
    }
    return observed;
  }

  /** Whether the call that completes next need not take effect, and its leaving does not lose a state that others need. */
  get canLetGo(): boolean {
    const call = this.timeline.returns[this.position] as number;
    if (this.mustHappen(call)) return false;
    return this.#needs?.canDoWithout(call, this.state) ?? true;
  }

  /** The call that completes next does so without effect that anybody sees. Returns as `settle` does. */
  letGo(): boolean {
    const call = this.timeline.returns[this.position] as number;
    remove(this.may, this.timeline.slot[call] as number);
    this.#needs?.count(call, -1);
    this.#trail.record(call, dropped);
    const observed = this.#pass();
    return this.settle() || observed;
  }

  /** Takes back everything since the trail had this length. The state is the caller's to restore. */
  undoTo(trailLength: number): void {
    while (this.#trail.length > trailLength) {
      const entry = this.#trail.pop();
      if (entry === passed) this.#unpass();
      else this.#restore(callOf(entry), kindOf(entry));
    }
  }

  /** The calls in the order in which they took effect, those that were overwritten at once just before what did so. */
  order(): Int32Array {
    return this.#trail.order(this.calls.length);
  }

  /** What the ends of actions say of the calls. */
  #endsBy(endsOf: NonNullable<Model<State, Action>['ends']>): { readonly asks: Int32Array; readonly needs: Needs } {
    const ends = this.transitions.actions.map((action) => {
      const { from, to } = endsOf(action);
      return { from: this.#numberOf(from), to: this.#numberOf(to) };
    });
    const { length } = this.calls;
    const states = this.transitions.stateCount;
    const block = new Block(3 * length + 2 * states);
    const [asks, from, to] = [block.array(length), block.array(length), block.array(length)];
    for (let call = 0; call < length; call++) {
      const end = ends[this.action[call] as number] ?? { from: none, to: none };
      asks[call] = end.from;
      from[call] = this.#required[call] === 1 ? end.from : none;
      to[call] = end.to;
    }
    return { asks, needs: new Needs({ from, to }, block.array(states), block.array(states)) };
  }

  #numberOf(state: State | null): number {
    return state === null ? none : this.transitions.stateNumber(state);
  }

  #use(call: number): void {
    const place = this.timeline.slot[call] as number;
    const free = isIn(this.may, place);
    remove(free ? this.may : this.must, place);
    this.#needs?.count(call, -1);
    this.#trail.record(call, free ? usedThoughFree : used);
  }

  #freeBlind(): void {
    for (let word = 0; word < this.must.length; word++) {
      for (let bits = this.must[word] as number; bits !== 0; bits &= bits - 1) {
        const slot = word * 32 + lowest(bits);
        const call = this.callIn(slot);
        if (this.isBlind[call] !== 1) continue;
        remove(this.must, slot);
        insert(this.may, slot);
        this.#trail.record(call, freed);
      }
    }
  }

  #observe(): boolean {
    let observed = false;
    for (let word = 0; word < this.must.length; word++) {
      for (let bits = this.must[word] as number; bits !== 0; bits &= bits - 1) {
        const call = this.callIn(word * 32 + lowest(bits));
        if (!this.#observesNow(call)) continue;
        this.#use(call);
        observed = true;
      }
    }
    return observed;
  }

  #observesNow(call: number): boolean {
    if (this.observes[call] !== 1) return false;
    return this.transitions.step(this.state, this.action[call] as number) === this.state;
  }

  /** Opens the calls from `first` on that were invoked before the next completion; says whether any observed the state. */
  #open(first: number): boolean {
    const { opened, slot } = this.timeline;
    const end = opened[this.position] as number;
    for (let call = first; call < end; call++) {
      const place = slot[call] as number;
      insert(this.#required[call] === 1 ? this.must : this.may, place);
      this.#callIn[place] = call;
    }
    let observed = false;
    for (let call = first; call < end; call++) {
      if (!this.mustHappen(call) || !this.#observesNow(call)) continue;
      this.#use(call);
      observed = true;
    }
    return observed;
  }

  #pass(): boolean {
    this.#trail.recordPassed();
    this.position++;
    return !this.atEnd && this.#open(this.timeline.opened[this.position - 1] as number);
  }

  #unpass(): void {
    const { opened, slot, before } = this.timeline;
    const first = opened[this.position - 1] as number;
    const end = this.atEnd ? first : (opened[this.position] as number);
    for (let call = end - 1; call >= first; call--) {
      const place = slot[call] as number;
      remove(this.must, place);
      remove(this.may, place);
      this.#callIn[place] = before[call] as number;
    }
    this.position--;
  }

  #restore(call: number, kind: number): void {
    const place = this.timeline.slot[call] as number;
    if (kind === freed) {
      remove(this.may, place);
      insert(this.must, place);
      return;
    }
    insert(kind === used ? this.must : this.may, place);
    this.#needs?.count(call, 1);
  }
}
