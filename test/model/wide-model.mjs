/**
 * A model of two levels as wide as it is told to be, in a module of its own for threads to load: states are whole numbers,
 * `initial` of them initial ones, of which the first `parents` have `width` successors each, all different. With `failsAt`,
 * it is too large from that state on.
 */
export function wideModel({ initial, parents, width, failsAt }) {
  return {
    name: 'wide',
    properties: [],
    initialStates: () => Array.from({ length: initial }, (_, state) => state),
    actions: (state) => (state < parents ? Array.from({ length: width }, (_, branch) => branch) : []),
    next: (state, branch) => {
      const next = initial + state * width + branch;
      if (next >= failsAt) throw Object.assign(new Error('the model is too large'), { code: 'model-too-large' });
      return next;
    },
    withinBoundary: () => true,
    fingerprint: (state, into) => {
      into[0] = spread(state + 1);
      into[1] = spread(~state);
    },
    pack: (state) => [state],
    unpack: ([state]) => state,
    describeAction: String,
    describeState: (state) => [String(state)],
  };
}

/** One to one. */
function spread(value) {
  const mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  const more = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return more ^ (more >>> 16);
}
