import { type Random, seededRandom } from '../../../src/base/random.ts';
import type { NewOperation, Operation } from '../../../src/history/operation.ts';

/**
 * Small histories of an object that may or may not misbehave: a few clients call at random, each call takes effect at some
 * moment while it is under way (or, where it is lost, now or later or never), and now and then what is returned is changed.
 */
export function randomHistory(modelName: string, seed: number, { operations, clients }: Size): Operation[] {
  const random = seededRandom(seed);
  return new Recording(random, kinds[modelName] ?? fail(modelName)).run(
    random.integer(1, operations),
    random.integer(1, clients),
  );
}

/** At most so many. */
export interface Size {
  readonly operations: number;
  readonly clients: number;
}

interface Kind {
  readonly initial: unknown;
  /** `place`: how many were called before. */
  next(random: Random, place: number): { readonly f: string; readonly value?: unknown };
  /** What becomes of the state, and what is returned; null where the call fails. */
  apply(state: unknown, f: string, value: unknown): { readonly state: unknown; readonly value: unknown } | null;
  /** Something else that might have been returned. */
  lie(random: Random, f: string, value: unknown): unknown;
}

const small = (random: Random): number => random.integer(0, 2);

const kinds: Readonly<Record<string, Kind>> = {
  // Of so many values, most are written once or never, and many are never read.
  register: {
    initial: null,
    next: (random) => (random.integer(0, 1) === 0 ? { f: 'read' } : { f: 'write', value: random.integer(0, 15) }),
    apply: (state, f, value) => (f === 'read' ? { state, value: state } : { state: value, value }),
    lie: (random, f, value) => (f === 'read' ? random.integer(0, 15) : value),
  },
  'cas-register': {
    initial: null,
    next: (random) => {
      const f = random.pick(['read', 'read', 'write', 'cas']);
      if (f === 'read') return { f };
      return {
        f,
        value: f === 'write' ? small(random) : [random.integer(0, 3) === 0 ? null : small(random), small(random)],
      };
    },
    apply: (state, f, value) => {
      if (f === 'read') return { state, value: state };
      if (f === 'write') return { state: value, value };
      const [from, to] = value as [unknown, unknown];
      return from === state ? { state: to, value } : null;
    },
    lie: (random, f, value) => (f === 'read' ? (random.integer(0, 3) === 0 ? null : small(random)) : value),
  },
  'kv-append': {
    initial: '',
    next: (random) => {
      const f = random.pick(['get', 'get', 'append', 'append', 'put']);
      return f === 'get' ? { f } : { f, value: random.pick(['a', 'b', '']) };
    },
    apply: (state, f, value) => {
      if (f === 'get') return { state, value: state };
      return { state: f === 'put' ? value : `${state}${value}`, value };
    },
    lie: (random, f, value) => (f === 'get' ? random.pick(['', 'a', 'b', 'ab', `${value}a`]) : value),
  },
  'kv-append, cas': {
    initial: '',
    next: (random) => {
      const f = random.pick(['get', 'get', 'append', 'append', 'put', 'cas']);
      const text = (): string => random.pick(['a', 'b', '', 'ab']);
      return f === 'get' ? { f } : { f, value: f === 'cas' ? [text(), text()] : text() };
    },
    apply: (state, f, value) => {
      if (f === 'get') return { state, value: state };
      if (f !== 'cas') return { state: f === 'put' ? value : `${state}${value}`, value };
      const [from, to] = value as [unknown, unknown];
      return from === state ? { state: to, value } : null;
    },
    lie: (random, f, value) => (f === 'get' ? random.pick(['', 'a', 'b', 'ab', `${value}a`]) : value),
  },
  'fifo-queue': container('enqueue', 'dequeue', () => 0),
  'fifo-queue, unique': container('enqueue', 'dequeue', () => 0, true),
  stack: container('push', 'pop', (values) => values.length - 1),
  'stack, unique': container('push', 'pop', (values) => values.length - 1, true),
  'priority-queue': container('insert', 'extract-min', (values) => values.indexOf(Math.min(...values))),
  'priority-queue, unique': container('insert', 'extract-min', (values) => values.indexOf(Math.min(...values)), true),
  log: log(false),
  'log, unique': log(true),
  counter: {
    initial: 0,
    next: (random) => {
      const f = random.pick(['read', 'read', 'add', 'increment', 'decrement']);
      return f === 'add' ? { f, value: random.integer(-1, 3) } : { f };
    },
    apply: (state, f, value) => {
      if (f === 'read') return { state, value: state };
      return { state: (state as number) + (f === 'add' ? (value as number) : f === 'increment' ? 1 : -1), value };
    },
    lie: (random, f, value) => (f === 'read' ? random.integer(-1, 5) : value),
  },
  set: {
    initial: [],
    next: (random) => {
      const f = random.pick(['read', 'add', 'add', 'remove', 'contains']);
      return f === 'read' ? { f } : { f, value: small(random) };
    },
    apply: setApply,
    lie: setLie,
  },
  'set, by element': {
    initial: [],
    next: (random) => ({ f: random.pick(['add', 'remove', 'contains']), value: small(random) }),
    apply: setApply,
    lie: setLie,
  },
  'set, unique': {
    initial: [],
    next: (random, place) => (random.integer(0, 2) === 0 ? { f: 'read' } : { f: 'add', value: place }),
    apply: (state, f, value) => {
      const elements = state as number[];
      if (f === 'read') return { state, value: elements };
      return { state: [...elements, value as number].sort(), value };
    },
    lie: (random, f, value) => (f === 'read' ? mangled(random, value as number[]) : value),
  },
  mutex: {
    initial: 'free',
    next: (random) => ({ f: random.pick(['acquire', 'release']) }),
    apply: (state, f) => {
      if ((f === 'acquire') !== (state === 'free')) return null;
      return { state: f === 'acquire' ? 'held' : 'free', value: undefined };
    },
    lie: (_random, _f, value) => value,
  },
  'multi-register': {
    initial: { x: 0, y: 0 },
    next: (random) => ({
      f: 'txn',
      value: Array.from({ length: random.integer(1, 2) }, () => {
        const f = random.pick(['read', 'write']);
        return [f, random.pick(['x', 'y']), f === 'read' ? null : small(random)];
      }),
    }),
    apply: (state, _f, value) => {
      const registers = { ...(state as Record<string, unknown>) };
      const found = (value as [string, string, unknown][]).map(([f, register, written]) => {
        if (f === 'write') registers[register] = written;
        return [f, register, registers[register]];
      });
      return { state: registers, value: found };
    },
    lie: (random, _f, value) =>
      (value as [string, string, unknown][]).map(([f, register, held]) => [
        f,
        register,
        f === 'read' ? small(random) : held,
      ]),
  },
};

function container(
  insert: string,
  remove: string,
  placeOfNext: (values: readonly number[]) => number,
  unique = false,
): Kind {
  return {
    initial: [],
    next: (random, place) => {
      // Of a few priorities only, which are not in the order of time.
      const value = unique ? ((place * 7) % 31) + 1 : small(random);
      return random.integer(0, 1) === 0 ? { f: insert, value } : { f: remove };
    },
    apply: (state, f, value) => {
      const values = state as number[];
      if (f === insert) return { state: [...values, value], value };
      const place = placeOfNext(values);
      if (values.length === 0) return { state, value: null };
      return { state: values.toSpliced(place, 1), value: values[place] };
    },
    lie: (random, f, value) => {
      if (f === insert) return value;
      return random.pick([null, undefined, 1, unique ? 8 : 2, unique ? 15 : 0]);
    },
  };
}

function log(unique: boolean): Kind {
  return {
    initial: [],
    next: (random, place) => {
      if (random.integer(0, 2) === 0) return { f: 'read' };
      return { f: 'append', value: unique ? place : small(random) };
    },
    apply: (state, f, value) => {
      const values = state as number[];
      return f === 'read' ? { state, value: values } : { state: [...values, value], value };
    },
    lie: (random, f, value) => (f === 'read' ? mangled(random, value as number[]) : value),
  };
}

function setApply(state: unknown, f: string, value: unknown): { readonly state: unknown; readonly value: unknown } {
  const elements = state as number[];
  if (f === 'read') return { state, value: elements };
  const isIn = elements.includes(value as number);
  if (f === 'contains') return { state, value: isIn };
  const others = elements.filter((element) => element !== value);
  const changed = isIn !== (f === 'add');
  const next = f === 'add' ? [...others, value as number].sort() : others;
  // Some sets answer, others do not.
  return { state: next, value: (elements.length + (value as number)) % 2 === 0 ? changed : value };
}

function setLie(random: Random, f: string, value: unknown): unknown {
  if (f === 'read') return mangled(random, value as number[]);
  return f === 'contains' || typeof value === 'boolean' ? random.integer(0, 1) === 0 : value;
}

/** Something left out, put in, or exchanged. */
function mangled(random: Random, values: readonly number[]): unknown {
  const place = random.integer(0, Math.max(0, values.length - 1));
  switch (random.integer(0, 2)) {
    case 0:
      return values.toSpliced(place, 1);
    case 1:
      return values.toSpliced(place, 0, random.integer(0, 3));
    default:
      return values.length < 2 ? values : [...values.slice(0, -2), values.at(-1), values.at(-2)];
  }
}

interface UnderWay {
  readonly process: number;
  readonly f: string;
  readonly value: unknown;
  done: { readonly value: unknown } | 'failed' | null;
}

class Recording {
  readonly #random: Random;
  readonly #kind: Kind;
  readonly #history: Operation[] = [];
  readonly #underWay: UnderWay[] = [];
  readonly #lost: UnderWay[] = [];
  #state: unknown;
  #processes = 0;

  constructor(random: Random, kind: Kind) {
    this.#random = random;
    this.#kind = kind;
    this.#state = kind.initial;
  }

  run(operations: number, clients: number): Operation[] {
    for (let begun = 0; begun < operations || this.#underWay.length > 0; ) {
      const choice = this.#random.integer(0, 9);
      if (choice < 4 && begun < operations && this.#underWay.length < clients) {
        this.#invoke();
        begun++;
      } else if (choice < 7) this.#takeEffect();
      else this.#complete();
    }
    return this.#history;
  }

  #invoke(): void {
    const { f, value } = this.#kind.next(this.#random, this.#processes);
    const process = this.#processes++;
    this.#record({ process, type: 'invoke', f, value: value ?? null });
    this.#underWay.push({ process, f, value, done: null });
  }

  #takeEffect(): void {
    const late = this.#random.integer(0, 5) === 0 ? this.#lost : this.#underWay;
    const waiting = late.filter(({ done }) => done === null);
    if (waiting.length === 0) return;
    const call = this.#random.pick(waiting);
    const applied = this.#kind.apply(this.#state, call.f, call.value);
    call.done = applied === null ? 'failed' : { value: applied.value };
    if (applied !== null) this.#state = applied.state;
  }

  #complete(): void {
    if (this.#underWay.length === 0) return;
    const call = this.#random.pick(this.#underWay);
    const { process, f, value, done } = call;
    const common = { process, f };
    if (this.#random.integer(0, 7) === 0) {
      this.#lost.push(call);
      if (this.#random.integer(0, 1) === 0) this.#record({ ...common, type: 'info', value: value ?? null });
    } else if (done === 'failed') {
      const lies = this.#random.integer(0, 11) === 0;
      this.#record({ ...common, value, ...(lies ? { type: 'ok' } : { type: 'fail', ...this.#reason() }) });
    } else if (done === null) return;
    else {
      const lies = this.#random.integer(0, 11) === 0;
      this.#record({ ...common, type: 'ok', value: lies ? this.#kind.lie(this.#random, f, done.value) : done.value });
    }
    this.#underWay.splice(this.#underWay.indexOf(call), 1);
  }

  #reason(): Pick<NewOperation, 'error'> {
    const code = this.#random.pick(['none', 'cas-mismatch', 'no-leader']);
    return code === 'none' ? {} : { error: { code, message: '' } };
  }

  #record(operation: NewOperation): void {
    this.#history.push({ index: this.#history.length, ...operation });
  }
}

function fail(modelName: string): never {
  throw new Error(`no random histories of ${modelName}`);
}
