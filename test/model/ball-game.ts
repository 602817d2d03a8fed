import type { DiagramStep, Model } from '../../src/model/model.ts';
import { plainModel } from '../../src/model/plain-model.ts';
import type { StateView } from '../../src/model/state-view.ts';

/** Two players throw a ball to each other: a model of everything that a page may meet, small enough to know by heart. */
export interface BallState {
  readonly passes: number;
  /** Null while it is in the air, or lies on the ground. */
  readonly holder: number | null;
  /** Whom it flies to. */
  readonly to: number | null;
  readonly down: boolean;
}

export type BallAction = 'throw' | 'toss' | 'catch' | 'miss' | 'rest' | 'fall' | 'rise';

export const hostile = `</script><img src=x onerror="document.title='broken'">`;

export interface BallParameters {
  /** How many initial states: the ball is with one player or with the other. */
  readonly starts?: 1 | 2;
  /** Passes beyond are outside the boundary. */
  readonly mostPasses?: number;
}

export function ballGame({ starts = 1, mostPasses = 2 }: BallParameters = {}): Model<BallState, BallAction> {
  const names = ['Ann', hostile];
  return {
    ...plainModel<BallState, BallAction>({
      name: `ball game ${hostile}`,
      properties: [
        { name: 'No Second Pass', expectation: 'always', holds: ({ passes }) => passes < 2 },
        { name: 'First Pass', expectation: 'sometimes', holds: ({ passes }) => passes > 0 },
        { name: 'Tenth Pass', expectation: 'sometimes', holds: ({ passes }) => passes >= 10 },
        { name: 'Thrown', expectation: 'eventually', holds: ({ to }) => to !== null },
      ],
      initialStates: () =>
        Array.from({ length: starts }, (_, holder) => ({ passes: 0, holder, to: null, down: false })),
      actions: () => ['throw', 'toss', 'catch', 'miss', 'rest', 'fall', 'rise'],
      next,
      withinBoundary: ({ passes }) => passes <= mostPasses,
      describeAction: (action) => `${action}!`,
      describeState: ({ passes, holder }) => [`${passes} passes`, `the ball is with ${names[holder ?? 2] ?? 'nobody'}`],
    }),
    lifelines: names,
    diagramStep,
    viewState: (state) => viewState(state, names),
  };
}

function next(state: BallState, action: BallAction): BallState | null {
  const { passes, holder, to, down } = state;
  switch (action) {
    case 'throw':
    // Another word for the same.
    case 'toss':
      return holder === null || down ? null : { ...state, holder: null, to: 1 - holder };
    case 'catch':
      return to === null ? null : { ...state, passes: passes + 1, holder: to, to: null };
    case 'miss':
      return to === null ? null : { ...state, to: null };
    case 'rest':
      // Changes nothing, and does not say so.
      return { ...state };
    case 'fall':
      return holder === 0 && !down ? { ...state, down: true } : null;
    case 'rise':
      return down ? { ...state, down: false } : null;
  }
}

function diagramStep({ holder, to }: BallState, action: BallAction): DiagramStep {
  const at = to ?? holder ?? 0;
  const plain = { label: action, message: null, sent: [], notes: [] };
  switch (action) {
    case 'throw':
    case 'toss':
      return { ...plain, lifeline: at, kind: 'choice', sent: [{ id: 1, to: 1 - at, label: `ball ${hostile}` }] };
    case 'catch':
      return { ...plain, lifeline: at, kind: 'deliver', message: { id: 1, from: 1 - at }, notes: ['has the ball'] };
    case 'miss':
      return { ...plain, lifeline: at, kind: 'drop', message: { id: 1, from: 1 - at } };
    case 'rest':
      return { ...plain, lifeline: at, kind: 'timeout' };
    case 'fall':
      return { ...plain, lifeline: 0, kind: 'crash' };
    case 'rise':
      return { ...plain, lifeline: 0, kind: 'recover' };
  }
}

function viewState({ passes, holder, to, down }: BallState, names: readonly string[]): StateView {
  return {
    nodes: names.map((name, at) => ({
      name,
      status: down && at === 0 ? 'down' : holder === at ? 'holds' : 'waits',
      tone: down && at === 0 ? 'down' : holder === at ? 'active' : 'plain',
      facts: [{ name: 'passes', value: String(passes) }],
      timers: [],
      log: Array.from({ length: passes }, (_, pass) => ({
        term: pass,
        label: hostile,
        committed: pass === 0,
        durable: pass < 2,
      })),
      more: [],
    })),
    messages: to === null ? [] : [{ from: 1 - to, to, label: 'ball', count: 1 }],
    notes: [`${passes} passes ${hostile}`],
  };
}
