import type { Model, Property } from '../../src/model/model.ts';

/** The same model with other properties; with none, a search does not end before it has seen everything. */
export function withProperties<State, Action>(
  model: Model<State, Action>,
  properties: readonly Property<State>[],
): Model<State, Action> {
  return {
    name: model.name,
    properties,
    memory: model.memory,
    initialStates: () => model.initialStates(),
    actions: (state) => model.actions(state),
    next: (state, action) => model.next(state, action),
    withinBoundary: (state) => model.withinBoundary(state),
    fingerprint: (state, into) => model.fingerprint(state, into),
    pack: (state) => model.pack(state),
    unpack: (words) => model.unpack(words),
    describeAction: (action) => model.describeAction(action),
    describeState: (state) => model.describeState(state),
  };
}
