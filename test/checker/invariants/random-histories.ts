import fc from 'fast-check';
import { test } from 'vitest';
import type { NewOperation, Operation } from '../../../src/history/operation.ts';
import { Choices } from '../histories.ts';

// A failing run prints its seed and the shrunk decisions; `RAFT_CHAOS_TEST_SEED` runs it again.
const seed = Number(process.env['RAFT_CHAOS_TEST_SEED'] ?? Date.now() % 2 ** 31);
const decisions = fc.array(fc.nat(119), { minLength: 20, maxLength: 200, size: 'max' });

export function checkRandomly(name: string, runs: number, property: (choices: Choices) => void): void {
  test(`${name} (seed ${seed})`, { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(decisions, (numbers) => property(new Choices(numbers))),
      { numRuns: runs, seed },
    );
  });
}

/** An object that clients share: what one does next, and what becomes of it where it takes effect. */
export interface Shared {
  next(choices: Choices): Pick<Operation, 'f' | 'key' | 'value'>;
  apply(operation: Pick<Operation, 'f' | 'key' | 'value'>, process: number): unknown;
}

type Client =
  | { readonly state: 'idle' }
  | { readonly state: 'begun'; readonly operation: Pick<Operation, 'f' | 'key' | 'value'> }
  | { readonly state: 'applied'; readonly operation: Pick<Operation, 'f' | 'key' | 'value'>; readonly value: unknown };

/** What three clients do with an object, each operation at a moment between its ends: correct, crashes and failures included. */
export function randomHistory(choices: Choices, shared: Shared, steps: number): Operation[] {
  const history: Operation[] = [];
  const record = (operation: NewOperation): void => {
    const index = history.length;
    history.push({ index, time: index * 1e6, ...operation });
  };
  const clients: Client[] = [{ state: 'idle' }, { state: 'idle' }, { state: 'idle' }];
  const processes = clients.map((_, at) => at);
  for (let step = 0; step < steps; step++) {
    const at = choices.below(clients.length);
    const client = clients[at] as Client;
    const process = processes[at] as number;
    const finish = (completion: Pick<NewOperation, 'type' | 'value'>): void => {
      if (client.state === 'idle') return;
      record({ process, f: client.operation.f, ...keyOf(client.operation), ...completion });
      clients[at] = { state: 'idle' };
      if (completion.type === 'info') processes[at] = process + clients.length;
    };
    if (client.state === 'idle') {
      const operation = shared.next(choices);
      record({ type: 'invoke', process, ...operation });
      clients[at] = { state: 'begun', operation };
    } else if (client.state === 'begun') {
      const fate = choices.below(10);
      if (fate === 0) finish({ type: 'fail', value: client.operation.value });
      else if (fate === 1) finish({ type: 'info', value: client.operation.value });
      else clients[at] = { ...client, state: 'applied', value: shared.apply(client.operation, process) };
    } else if (choices.below(10) === 0) finish({ type: 'info', value: client.operation.value });
    else finish({ type: 'ok', value: client.value });
  }
  return history;
}

function keyOf({ key }: Pick<Operation, 'key'>): Pick<Operation, 'key'> {
  return key === undefined ? {} : { key };
}

/** The same history with other values in some of the answers that the function can change. */
export function mutated(
  history: readonly Operation[],
  choices: Choices,
  change: (operation: Operation, choices: Choices) => unknown,
): Operation[] {
  const count = choices.below(3);
  const copy = [...history];
  for (let i = 0; i < count && copy.length > 0; i++) {
    const at = choices.below(copy.length);
    const operation = copy[at] as Operation;
    if (operation.type === 'ok') copy[at] = { ...operation, value: change(operation, choices) };
  }
  return copy;
}

/** Pairs by definition, not by the code under test. */
export function bruteForcePairs(history: readonly Operation[], f: string) {
  return history
    .filter((operation) => operation.type === 'invoke' && operation.f === f)
    .map((invocation) => {
      const completion = history.find(
        ({ index, process }) => index > invocation.index && process === invocation.process,
      );
      return { invocation, completion, isOk: completion?.type === 'ok', hasFailed: completion?.type === 'fail' };
    });
}

/** A history by hand: `['invoke', 0, 'add', 1]`, one millisecond after the other. */
export function script(
  ...operations: readonly (readonly [
    type: Operation['type'],
    process: Operation['process'],
    f: string,
    value?: unknown,
    key?: string | number | undefined,
  ])[]
): Operation[] {
  return operations.map(([type, process, f, value, key], index) => ({
    index,
    time: index * 1e6,
    type,
    process,
    f,
    ...(key === undefined ? {} : { key }),
    ...(value === undefined ? {} : { value }),
  }));
}

/** Each operation invoked and completed with success before the next begins. */
export function sequential(
  ...operations: readonly (readonly [
    process: number,
    f: string,
    asked: unknown,
    answered: unknown,
    key?: string | number | undefined,
  ])[]
): Operation[] {
  return script(
    ...operations.flatMap(([process, f, asked, answered, key]) => [
      ['invoke', process, f, asked, key] as const,
      ['ok', process, f, answered, key] as const,
    ]),
  );
}
