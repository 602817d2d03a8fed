import { Expander } from './expander.ts';
import { FrontierReader, FrontierWriter } from './frontier.ts';
import type { Model } from './model.ts';
import { pathTo } from './path.ts';
import { type Cut, isDecided, type Limits, type Progress, type SearchResult } from './search.ts';
import { VisitedSet } from './visited-set.ts';

/** How many states are gone on from between two looks at the limits. */
const statesPerLook = 512;

/**
 * Breadth-first search on this thread: level by level, so that what is found first has the shortest path. The search on all
 * cores is in parallel/; both give the same counts and, up to the choice among equally short paths, the same findings.
 */
export function searchBreadthFirst<State, Action>(
  model: Model<State, Action>,
  limits: Limits = {},
): SearchResult<State, Action> {
  const visited = VisitedSet.empty();
  let level: SharedArrayBuffer[] = [];
  let nextLevel: SharedArrayBuffer[] = [];
  const writer = new FrontierWriter((block) => nextLevel.push(block));
  const expander = new Expander(model, visited, (entry) => writer.push(entry));
  const progress = (): Progress => ({
    ...expander.counts,
    bytes: visited.bytes + [...level, ...nextLevel].reduce((sum, block) => sum + block.byteLength, 0),
  });

  expander.seed();
  let complete = 0;
  let cut: Cut | null = null;
  for (;;) {
    writer.flush();
    level = nextLevel;
    nextLevel = [];
    if (level.length === 0) break;
    complete++;
    if (isDecided(model, expander.sightings)) cut = 'found';
    else if (limits.depth !== undefined && complete >= limits.depth) cut = 'depth';
    else cut = expandLevel();
    if (cut !== null) break;
  }
  const findings = model.properties.map((property, at) => {
    const seen = expander.sightings.get(at);
    return { property, path: seen === undefined ? null : pathTo(model, visited, seen.high, seen.low) };
  });
  return { ...expander.counts, strategy: 'bfs', cut, completeDepth: complete, findings };

  function expandLevel(): Cut | null {
    let expanded = 0;
    for (const block of level) {
      for (const reader = new FrontierReader(block); !reader.done; ) {
        expander.expandAlone(reader.next());
        if (++expanded % statesPerLook !== 0) continue;
        limits.progress?.(progress());
        const reason = limits.stop?.(progress()) ?? null;
        if (reason !== null) return reason;
      }
    }
    return null;
  }
}
