import { unreachable } from '../base/assert.ts';
import type { Model } from '../model/model.ts';
import { fingerprintsOf, type Path, statesAlong } from '../model/path.ts';
import { type Finding, outcomeOf, type SearchResult } from '../model/search.ts';
import type { SearchSettings } from './model-options.ts';

export interface CheckReport {
  readonly model: Model<unknown, unknown>;
  readonly result: SearchResult<unknown, unknown>;
  readonly settings: SearchSettings;
  readonly seconds: number;
  /** How many of the paths the library's own driver has replayed to the same states; null where the model has no driver. */
  readonly replayed: number | null;
}

export function reportLines(report: CheckReport): string[] {
  const { model, result, seconds } = report;
  const lines = [
    `Done. states=${result.states}, unique=${result.unique}, depth=${result.depth}, sec=${seconds.toFixed(1)}`,
    coverage(report),
  ];
  for (const finding of result.findings) lines.push(...findingLines(model, result, finding));
  if (report.replayed)
    lines.push(`The driver of the library has replayed these paths, ${report.replayed}, to the same states.`);
  return lines;
}

/** What has been searched may show too little for its properties to mean anything. */
export function warnings({ result, settings }: CheckReport): string[] {
  const [where, more] =
    settings.strategy === 'simulation'
      ? ['on these walks', 'more --walks or a greater --depth']
      : ['up to this depth', 'a greater --depth'];
  return withoutExample(result).map(
    (name) => `no example of ${name} ${where}: properties of what it shows say little; try ${more}`,
  );
}

/** The same as data. The steps of a path have what a diagram shows of each, and the actions as the model has them. */
export function reportJson({ model, result, settings, seconds, replayed }: CheckReport): unknown {
  const { findings, ...counts } = result;
  return {
    model: model.name,
    ...counts,
    seconds,
    depthLimit: settings.depth,
    workers: settings.workers,
    replayed,
    withoutExample: withoutExample(result),
    properties: findings.map((finding) => {
      const { property, path } = finding;
      const outcome = outcomeOf(result, finding);
      return {
        name: property.name,
        expectation: property.expectation,
        outcome,
        path: path === null ? null : pathJson(model, path),
      };
    }),
  };
}

function pathJson(model: Model<unknown, unknown>, path: Path<unknown, unknown>): unknown {
  const before = statesAlong(path);
  return {
    fingerprints: fingerprintsOf(model, path),
    steps: path.steps.map(({ action }, at) => ({
      words: model.describeAction(action),
      ...model.diagramStep?.(before[at], action),
    })),
    end: model.describeState(before.at(-1)),
  };
}

/** The `sometimes` properties that wait for an example where the search was cut, and nothing is violated. */
function withoutExample(result: SearchResult<unknown, unknown>): string[] {
  const outcomes = result.findings.map((finding) => outcomeOf(result, finding));
  if (outcomes.includes('violated')) return [];
  return result.findings
    .filter(({ property }, at) => property.expectation === 'sometimes' && outcomes[at] === 'open')
    .map(({ property }) => property.name);
}

/** How much has been seen: a search that was cut says so first. */
function coverage({ result, settings }: CheckReport): string {
  const { cut, completeDepth, strategy } = result;
  const upTo = strategy === 'bfs' ? ` Every state up to depth ${completeDepth} has been seen.` : '';
  switch (cut) {
    case null:
      return 'Every state within the scope has been seen.';
    case 'depth':
      return strategy === 'bfs'
        ? `Every state up to depth ${completeDepth} has been seen; longer paths have not.`
        : `Cut at depth ${settings.depth}: no depth has been seen completely.`;
    case 'time':
    case 'memory':
      return `Cut by the limit of ${cut}.${upTo || ' No depth has been seen completely.'}`;
    case 'interrupt':
      return `Interrupted.${upTo}`;
    case 'too-large':
      return `Cut: the model has more local states and messages than there is room for.${upTo}`;
    case 'found':
      return `Ended with what was found.${upTo}`;
    case 'walks':
      return `${settings.walks} walks at random: what they did not meet may be there all the same.`;
    default:
      return unreachable(cut);
  }
}

function findingLines(
  model: Model<unknown, unknown>,
  result: SearchResult<unknown, unknown>,
  finding: Finding<unknown, unknown>,
): string[] {
  const { property, path } = finding;
  if (path === null) return [`${property.name}: ${withoutPath(result, finding)}`];
  const kind = property.expectation === 'sometimes' ? 'example' : 'counterexample';
  return [
    `Discovered "${property.name}" ${kind} Path[${path.steps.length}]:`,
    ...path.steps.map(({ action }) => `- ${model.describeAction(action)}`),
    `Fingerprint path: ${fingerprintsOf(model, path).join('/')}`,
  ];
}

function withoutPath(result: SearchResult<unknown, unknown>, finding: Finding<unknown, unknown>): string {
  switch (outcomeOf(result, finding)) {
    case 'holds':
      return 'holds';
    case 'never':
      return 'no example: it never holds within the scope';
    case 'open':
      return finding.property.expectation === 'sometimes' ? 'no example so far' : 'no counterexample so far';
    case 'violated':
      return 'violated';
  }
}
