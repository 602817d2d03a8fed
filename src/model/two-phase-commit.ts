import type { Model } from './model.ts';
import { plainModel } from './plain-model.ts';

/**
 * Two-phase commit of a transaction among resource managers, as Gray and Lamport specify it in "Consensus on Transaction
 * Commit", 2006: messages, once sent, stay on the network. It shows a model of plain states, and its number of states is
 * known: 288 for three resource managers, 8832 for five.
 */
export interface TwoPhaseState {
  readonly managers: readonly ManagerState[];
  readonly coordinator: 'waiting' | 'committed' | 'aborted';
  /** Whom the coordinator has heard to be prepared. */
  readonly prepared: readonly boolean[];
  /** Messages sent: `prepared` by each manager, `commit` and `abort` by the coordinator. */
  readonly sentPrepared: readonly boolean[];
  readonly sentDecision: 'none' | 'commit' | 'abort';
}

type ManagerState = 'working' | 'prepared' | 'committed' | 'aborted';

export type TwoPhaseAction =
  | { readonly kind: 'hear-prepared' | 'prepare' | 'abort-alone' | 'hear-decision'; readonly manager: number }
  | { readonly kind: 'commit' | 'abort' };

export interface TwoPhaseParameters {
  readonly managers: number;
  /** States that differ by a permutation of the managers count as one: the properties speak of all of them alike. */
  readonly symmetry: boolean;
}

export function twoPhaseCommit({ managers, symmetry }: TwoPhaseParameters): Model<TwoPhaseState, TwoPhaseAction> {
  const places = Array.from({ length: managers }, (_, manager) => manager);
  return plainModel<TwoPhaseState, TwoPhaseAction>({
    name: `two-phase commit, ${managers} resource managers`,
    properties: [
      {
        name: 'Consistency',
        expectation: 'always',
        holds: (state) => !(state.managers.includes('committed') && state.managers.includes('aborted')),
      },
      {
        name: 'Commit',
        expectation: 'sometimes',
        holds: (state) => state.managers.every((manager) => manager === 'committed'),
      },
      {
        name: 'Abort',
        expectation: 'sometimes',
        holds: (state) => state.managers.every((manager) => manager === 'aborted'),
      },
    ],
    initialStates: () => [
      {
        managers: places.map(() => 'working'),
        coordinator: 'waiting',
        prepared: places.map(() => false),
        sentPrepared: places.map(() => false),
        sentDecision: 'none',
      },
    ],
    actions: () => [
      { kind: 'commit' },
      { kind: 'abort' },
      ...places.flatMap((manager) =>
        (['prepare', 'hear-prepared', 'abort-alone', 'hear-decision'] as const).map((kind) => ({ kind, manager })),
      ),
    ],
    next,
    ...(symmetry ? { representative } : {}),
    describeAction: (action) =>
      'manager' in action
        ? `${action.kind}, manager ${action.manager + 1}`
        : `the coordinator decides to ${action.kind}`,
    describeState,
  });
}

function describeState({ managers, coordinator, prepared, sentPrepared, sentDecision }: TwoPhaseState): string[] {
  const decision = sentDecision === 'none' ? 'has sent no decision' : `has sent ${sentDecision}`;
  return [
    `coordinator: ${coordinator}, ${decision}`,
    ...managers.map((manager, at) => {
      const told = prepared[at] ? ', has told the coordinator' : sentPrepared[at] ? ', its message is on its way' : '';
      return `manager ${at + 1}: ${manager}${told}`;
    }),
  ];
}

function next(state: TwoPhaseState, action: TwoPhaseAction): TwoPhaseState | null {
  const { managers, coordinator, prepared, sentPrepared, sentDecision } = state;
  switch (action.kind) {
    case 'commit':
      if (coordinator !== 'waiting' || prepared.includes(false)) return null;
      return { ...state, coordinator: 'committed', sentDecision: 'commit' };
    case 'abort':
      if (coordinator !== 'waiting') return null;
      return { ...state, coordinator: 'aborted', sentDecision: 'abort' };
    case 'hear-prepared':
      if (coordinator !== 'waiting' || !sentPrepared[action.manager] || prepared[action.manager]) return null;
      return { ...state, prepared: prepared.with(action.manager, true) };
    case 'prepare':
      if (managers[action.manager] !== 'working') return null;
      return {
        ...state,
        managers: managers.with(action.manager, 'prepared'),
        sentPrepared: sentPrepared.with(action.manager, true),
      };
    case 'abort-alone':
      if (managers[action.manager] !== 'working') return null;
      return { ...state, managers: managers.with(action.manager, 'aborted') };
    case 'hear-decision': {
      if (sentDecision === 'none') return null;
      const outcome = sentDecision === 'commit' ? 'committed' : 'aborted';
      if (managers[action.manager] === outcome) return null;
      return { ...state, managers: managers.with(action.manager, outcome) };
    }
  }
}

/** The managers in the order of what is known of each. */
function representative(state: TwoPhaseState): TwoPhaseState {
  const { managers, prepared, sentPrepared } = state;
  const described = managers.map((manager, at) => ({ manager, prepared: prepared[at], sent: sentPrepared[at] }));
  const order = described
    .map((description, at) => ({ at, text: JSON.stringify(description) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ at }) => at);
  const permuted = <T>(items: readonly T[]): T[] => order.map((at) => items[at] as T);
  return { ...state, managers: permuted(managers), prepared: permuted(prepared), sentPrepared: permuted(sentPrepared) };
}

/** Where threads find the model: see ModelSource of parallel/messages.ts. */
export const twoPhaseModule = import.meta.url;
