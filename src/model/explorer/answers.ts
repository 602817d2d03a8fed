import { ChaosError } from '../../base/errors.ts';
import type { DiagramStep, Expectation, Model } from '../model.ts';
import { fingerprintsOf, type Path, pathOfFingerprints, statesAlong, textOf } from '../path.ts';
import { sequenceDiagram } from '../sequence-diagram.ts';
import { changesBetween, type ShownState, showState } from './shown-state.ts';

/** What the page is told about a place in a model: the way to it, what it looks like, and where one can go from there. */
export interface PlaceAnswer {
  /** The initial state first. Empty where the model has several initial states and none has been chosen. */
  readonly path: readonly StepAnswer[];
  /** Null where none has been chosen. */
  readonly state: ShownState | null;
  /** As it was before the last step. */
  readonly before: ShownState | null;
  /** What the last step changed, in words. */
  readonly changes: readonly string[];
  readonly withinBoundary: boolean;
  readonly actions: readonly ActionAnswer[];
  /** How many actions would change nothing. */
  readonly idle: number;
  readonly properties: readonly PropertyHere[];
  /** An SVG document; null where the model has no lifelines, or nothing has happened yet. */
  readonly diagram: string | null;
}

export interface StepAnswer {
  readonly fingerprint: string;
  readonly words: string;
}

export interface ActionAnswer {
  readonly words: string;
  /** The same without the lifeline, for those who know it. */
  readonly short: string;
  /** Of the state it leads to. */
  readonly fingerprint: string;
  /** Other actions that lead to the same state: a path of fingerprints cannot tell them from this one. */
  readonly same: readonly string[];
  /** Where it happens, and what kind of thing it is; null in a model without lifelines. */
  readonly lifeline: number | null;
  readonly kind: DiagramStep['kind'] | null;
  readonly withinBoundary: boolean;
  /** The step of the path that has been in this state already. */
  readonly backTo: number | null;
}

export interface PropertyHere {
  readonly name: string;
  readonly expectation: Expectation;
  readonly holds: boolean;
  /** The first step of the path at which an `always` property fails, or another one holds. */
  readonly decidedAt: number | null;
}

/** The longest path that is answered for, in states: each answer goes the whole way again. */
const mostStates = 1000;

/**
 * The place that a path of fingerprints leads to; no fingerprints are the beginning. Throws a ChaosError `bad-path` for
 * text that is none, and `no-such-path` where the model has no such path.
 */
export function placeAt<State, Action>(model: Model<State, Action>, fingerprints: readonly string[]): PlaceAnswer {
  for (const text of fingerprints) checkFingerprint(text);
  if (fingerprints.length > mostStates) {
    throw new ChaosError('bad-path', `a path has ${mostStates} states at most, not ${fingerprints.length}`);
  }
  const initials = model.initialStates();
  const [only] = initials;
  if (fingerprints.length === 0 && (only === undefined || initials.length > 1)) return nowhere(model, initials);
  const path =
    fingerprints.length === 0 ? { initial: only as State, steps: [] } : pathOfFingerprints(model, fingerprints);
  if (path === null) {
    throw new ChaosError('no-such-path', 'this model has no such path: the link is of a model with other options');
  }
  return answerFor(model, path);
}

function checkFingerprint(text: string): void {
  if (/^[0-9a-f]{16}$/.test(text)) return;
  throw new ChaosError(
    'bad-path',
    `${JSON.stringify(text.slice(0, 40))} is no fingerprint: it has 16 digits of 0-9, a-f`,
  );
}

function answerFor<State, Action>(model: Model<State, Action>, path: Path<State, Action>): PlaceAnswer {
  const keys = fingerprintsOf(model, path);
  const states = statesAlong(path);
  const state = states[states.length - 1] as State;
  const before = path.steps.length === 0 ? null : showState(model, states[states.length - 2] as State);
  const shown = showState(model, state);
  return {
    path: keys.map((fingerprint, at) => {
      const step = path.steps[at - 1];
      return { fingerprint, words: step === undefined ? 'the beginning' : model.describeAction(step.action) };
    }),
    state: shown,
    before,
    changes: before === null ? [] : changesBetween(before, shown, model.lifelines ?? []),
    withinBoundary: model.withinBoundary(state),
    ...actionsOf(model, state, keys),
    properties: model.properties.map((property) => {
      const wanted = property.expectation !== 'always';
      const at = states.findIndex((candidate) => property.holds(candidate) === wanted);
      const { name, expectation } = property;
      return { name, expectation, holds: property.holds(state), decidedAt: at === -1 ? null : at };
    }),
    diagram: model.lifelines === undefined || path.steps.length === 0 ? null : sequenceDiagram(model, path),
  };
}

function actionsOf<State, Action>(
  model: Model<State, Action>,
  state: State,
  keys: readonly string[],
): Pick<PlaceAnswer, 'actions' | 'idle'> {
  const found = new Map<string, ActionAnswer & { same: string[] }>();
  let idle = 0;
  for (const action of model.actions(state)) {
    const next = model.next(state, action);
    const fingerprint = next === null ? null : textOf(model, next);
    if (next === null || fingerprint === null || fingerprint === keys[keys.length - 1]) {
      idle++;
      continue;
    }
    const words = model.describeAction(action);
    const known = found.get(fingerprint);
    if (known !== undefined) {
      if (known.words !== words && !known.same.includes(words)) known.same.push(words);
      continue;
    }
    const step = model.diagramStep?.(state, action) ?? null;
    const before = keys.lastIndexOf(fingerprint);
    found.set(fingerprint, {
      words,
      short: step === null ? words : shortWords(step, model.lifelines ?? []),
      fingerprint,
      same: [],
      lifeline: step?.lifeline ?? null,
      kind: step?.kind ?? null,
      withinBoundary: model.withinBoundary(next),
      backTo: before === -1 ? null : before,
    });
  }
  return { actions: [...found.values()], idle };
}

function shortWords({ kind, label, message }: DiagramStep, lifelines: readonly string[]): string {
  if (message === null) return label;
  return `${kind === 'drop' ? 'lost, ' : ''}from ${lifelines[message.from]}: ${label}`;
}

/** Several initial states to choose from. */
function nowhere<State, Action>(model: Model<State, Action>, initials: readonly State[]): PlaceAnswer {
  return {
    path: [],
    state: null,
    before: null,
    changes: [],
    withinBoundary: true,
    actions: initials.map((state, at) => {
      const words = `begin in state ${at + 1}: ${model.describeState(state).join('; ')}`;
      return {
        words,
        short: words,
        fingerprint: textOf(model, state),
        same: [],
        lifeline: null,
        kind: null,
        withinBoundary: model.withinBoundary(state),
        backTo: null,
      };
    }),
    idle: 0,
    properties: model.properties.map(({ name, expectation }) => ({
      name,
      expectation,
      holds: false,
      decidedAt: null,
    })),
    diagram: null,
  };
}
