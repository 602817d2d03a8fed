import type { Call, Problem } from './model.ts';
import { insert, isIn, lowest, remove } from './slots.ts';
import { type Timeline, timelineOf } from './timeline.ts';
import { none, Transitions } from './transitions.ts';

/** What an entry of the trail did to its call; `-1` stands for a completion that was passed. */
const used = 0;
const usedThoughFree = 1;
const freed = 2;
const dropped = 3;
const passed = -1;

function isUse(entry: number): boolean {
  return entry !== passed && (entry & 3) <= usedThoughFree;
}

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
  readonly #invoked: Float64Array;
  readonly #completed: Float64Array;
  readonly #required: Uint8Array;
  /** By call. */
  readonly action: Int32Array;
  readonly observes: Uint8Array;
  readonly overwrites: Uint8Array;
  readonly isBlind: Uint8Array;
  /** By call: the state it needs, -1 where it asks for none. Null where the model does not know. */
  readonly asks: Int32Array | null;
  /** By call: the state it needs if it must happen, and the one it leads to, -1 for none; null as above. */
  readonly #ends: { readonly from: Int32Array; readonly to: Int32Array } | null;
  /** By state: how many calls that must still take effect need it, and how many that can still do so lead to it. */
  readonly #needed: number[] = [];
  readonly #given: number[] = [];

  readonly must: Int32Array;
  readonly may: Int32Array;
  readonly #callIn: Int32Array;
  position = 0;
  state: number;
  #trail: Int32Array = new Int32Array(256);
  #trailLength = 0;

  constructor({ model, initial, calls }: Problem<State, Action>) {
    this.calls = calls;
    this.transitions = new Transitions(model);
    this.timeline = timelineOf(calls);
    this.state = this.transitions.stateNumber(initial);
    this.action = new Int32Array(calls.length);
    this.#invoked = new Float64Array(calls.length);
    this.#completed = new Float64Array(calls.length);
    this.#required = new Uint8Array(calls.length);
    for (let call = 0; call < calls.length; call++) {
      const { action, invoked, completed, required } = calls[call] as Call<Action>;
      this.action[call] = this.transitions.actionNumber(action);
      this.#invoked[call] = invoked;
      this.#completed[call] = completed;
      this.#required[call] = required ? 1 : 0;
    }
    this.observes = new Uint8Array(calls.length);
    this.overwrites = new Uint8Array(calls.length);
    this.isBlind = new Uint8Array(calls.length);
    const effects = this.transitions.actions.map((action) => model.effect(action));
    for (let call = 0; call < calls.length; call++) {
      const effect = effects[this.action[call] as number];
      this.observes[call] = effect === 'observe' ? 1 : 0;
      this.overwrites[call] = effect === 'overwrite' ? 1 : 0;
      this.isBlind[call] = effect === 'overwrite' || effect === 'blind' ? 1 : 0;
    }
    // What needs a state tells nothing where it may be the unknown one that all begins with.
    const known = model.anything === undefined || model.stateKey(initial) !== model.stateKey(model.anything);
    const ends = known && model.ends !== undefined ? this.transitions.actions.map(model.ends) : null;
    this.asks = ends && this.#ofActions(ends.map(({ from }) => this.#numberOf(from)));
    this.#ends = ends && this.#countEnds(this.#ofActions(ends.map(({ to }) => this.#numberOf(to))));
    const words = Math.max(1, Math.ceil(this.timeline.slots / 32));
    this.must = new Int32Array(words);
    this.may = new Int32Array(words);
    this.#callIn = new Int32Array(words * 32).fill(-1);
    if (!this.atEnd) this.#open(0);
  }

  get atEnd(): boolean {
    return this.position === this.timeline.returns.length;
  }

  get trailLength(): number {
    return this.#trailLength;
  }

  get bytes(): number {
    return this.transitions.bytes + this.#trail.length * 4;
  }

  /** Whether a state is needed that no call can bring about: nothing can follow then. */
  get lacksState(): boolean {
    return this.#ends !== null && this.#needed.some((count, state) => count > 0 && this.#lacks(state));
  }

  /** The open call of a slot; only where one of the sets holds the slot. */
  callIn(slot: number): number {
    return this.#callIn[slot] as number;
  }

  invoked(call: number): number {
    return this.#invoked[call] as number;
  }

  completed(call: number): number {
    return this.#completed[call] as number;
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
    if (this.#ends === null || next === this.state || this.#given[this.state] !== 0) return false;
    const ownNeed = this.mustHappen(call) && this.#ends.from[call] === this.state ? 1 : 0;
    return (this.#needed[this.state] ?? 0) > ownNeed;
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
    const to = this.#ends?.to[call] ?? -1;
    return to < 0 || to === this.state || this.#needed[to] === 0 || (this.#given[to] as number) > 1;
  }

  /** The call that completes next does so without effect that anybody sees. Returns as `settle` does. */
  letGo(): boolean {
    const call = this.timeline.returns[this.position] as number;
    remove(this.may, this.timeline.slot[call] as number);
    this.#count(call, -1);
    this.#record((call << 2) | dropped);
    const observed = this.#pass();
    return this.settle() || observed;
  }

  /** Takes back everything since the trail had this length. The state is the caller's to restore. */
  undoTo(trailLength: number): void {
    while (this.#trailLength > trailLength) {
      const entry = this.#trail[--this.#trailLength] as number;
      if (entry === passed) this.#unpass();
      else this.#restore(entry >> 2, entry & 3);
    }
  }

  /** The calls in the order in which they took effect, those that were overwritten at once just before what did so. */
  order(): Int32Array {
    const taken = new Uint8Array(this.calls.length);
    for (let place = 0; place < this.#trailLength; place++) {
      const entry = this.#trail[place] as number;
      if (isUse(entry)) taken[entry >> 2] = 1;
    }
    const order = new Int32Array(this.calls.length);
    let length = 0;
    for (let place = 0; place < this.#trailLength; place++) {
      const entry = this.#trail[place] as number;
      if (!isUse(entry)) continue;
      // What a call freed stands right behind it.
      for (let next = place + 1; next < this.#trailLength; next++) {
        const other = this.#trail[next] as number;
        if (other === passed || (other & 3) !== freed) break;
        if (taken[other >> 2] === 0) order[length++] = other >> 2;
      }
      order[length++] = entry >> 2;
    }
    return order.subarray(0, length);
  }

  #countEnds(to: Int32Array): { readonly from: Int32Array; readonly to: Int32Array } {
    const from = new Int32Array(this.asks ?? []);
    for (let call = 0; call < from.length; call++) if (this.#required[call] === 0) from[call] = none;
    for (let state = 0; state < this.transitions.stateCount; state++) {
      this.#needed.push(0);
      this.#given.push(0);
    }
    for (let call = 0; call < to.length; call++) {
      const [needed, given] = [from[call] as number, to[call] as number];
      if (needed >= 0) this.#needed[needed] = (this.#needed[needed] as number) + 1;
      if (given >= 0) this.#given[given] = (this.#given[given] as number) + 1;
    }
    return { from, to };
  }

  /** For each call what is so of its action. */
  #ofActions(numbers: readonly number[]): Int32Array {
    const byCall = new Int32Array(this.action.length);
    for (let call = 0; call < byCall.length; call++) byCall[call] = numbers[this.action[call] as number] as number;
    return byCall;
  }

  #numberOf(state: State | null): number {
    return state === null ? none : this.transitions.stateNumber(state);
  }

  #lacks(state: number): boolean {
    return state !== this.state && this.#given[state] === 0 && (this.#needed[state] as number) > 0;
  }

  #use(call: number): void {
    const place = this.timeline.slot[call] as number;
    const free = isIn(this.may, place);
    remove(free ? this.may : this.must, place);
    this.#count(call, -1);
    this.#record((call << 2) | (free ? usedThoughFree : used));
  }

  #freeBlind(): void {
    for (let word = 0; word < this.must.length; word++) {
      for (let bits = this.must[word] as number; bits !== 0; bits &= bits - 1) {
        const slot = word * 32 + lowest(bits);
        const call = this.callIn(slot);
        if (this.isBlind[call] !== 1) continue;
        remove(this.must, slot);
        insert(this.may, slot);
        this.#record((call << 2) | freed);
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
    this.#record(passed);
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
    this.#count(call, 1);
  }

  #count(call: number, change: number): void {
    if (this.#ends === null) return;
    const from = this.#ends.from[call] as number;
    const to = this.#ends.to[call] as number;
    if (from >= 0) this.#needed[from] = (this.#needed[from] as number) + change;
    if (to >= 0) this.#given[to] = (this.#given[to] as number) + change;
  }

  #record(entry: number): void {
    if (this.#trailLength === this.#trail.length) {
      const longer = new Int32Array(this.#trail.length * 2);
      longer.set(this.#trail);
      this.#trail = longer;
    }
    this.#trail[this.#trailLength++] = entry;
  }
}
