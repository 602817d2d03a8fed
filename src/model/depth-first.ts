import { Expander } from './expander.ts';
import type { Entry } from './frontier.ts';
import type { Model } from './model.ts';
import { pathTo } from './path.ts';
import { type Cut, type Finding, isDecided, type Limits, type SearchResult } from './search.ts';
import { VisitedSet } from './visited-set.ts';

const statesPerLook = 512;

/**
 * Depth-first search on this thread: little memory for what is still to do, and long paths early. A path that it finds need
 * not be the shortest. With a limit of depth it may miss states within the limit, those it came to first by a longer path:
 * so a search that was cut says nothing about any depth.
 */
export function searchDepthFirst<State, Action>(
  model: Model<State, Action>,
  limits: Limits = {},
): SearchResult<State, Action> {
  const visited = VisitedSet.empty();
  const stack: Entry[] = [];
  const expander = new Expander(model, visited, (entry) => stack.push(entry));
  expander.seed();
  let tooDeep = false;
  let cut: Cut | null = null;
  while (cut === null && stack.length > 0) {
    tooDeep = dive(expander, stack, statesPerLook, limits.depth) || tooDeep;
    if (visited.isFull) visited.grow();
    const progress = { ...expander.counts, bytes: visited.bytes };
    limits.progress?.(progress);
    cut = limits.stop?.(progress) ?? null;
    if (isDecided(model, expander.sightings) && stack.length > 0) cut = 'found';
  }
  if (cut === null && tooDeep) cut = 'depth';
  const findings: Finding<State, Action>[] = model.properties.map((property, at) => {
    const seen = expander.sightings.get(at);
    return { property, path: seen === undefined ? null : pathTo(model, visited, seen.high, seen.low) };
  });
  const completeDepth = cut === null ? expander.counts.depth : 0;
  return { ...expander.counts, strategy: 'dfs', cut, completeDepth, findings };
}

/**
 * Goes on from the newest states of a stack, `count` times at most, and no further once the visited set is full. Tells
 * whether any was too deep to go on from.
 */
export function dive<State, Action>(
  expander: Expander<State, Action>,
  stack: Entry[],
  count: number,
  depth = Number.POSITIVE_INFINITY,
): boolean {
  let tooDeep = false;
  for (let left = count; left > 0; left--) {
    const entry = stack.pop();
    if (entry === undefined) break;
    if (entry.depth >= depth) tooDeep = true;
    else if (!expander.expand(entry)) {
      stack.push(entry);
      break;
    }
  }
  return tooDeep;
}
