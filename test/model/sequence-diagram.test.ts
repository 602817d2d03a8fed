import { describe, expect, it } from 'vitest';
import { layOut } from '../../src/model/diagram-layout.ts';
import type { Path } from '../../src/model/path.ts';
import { diagramSteps, sequenceDiagram } from '../../src/model/sequence-diagram.ts';
import { type BallAction, type BallState, ballGame } from './ball-game.ts';

const model = ballGame({ mostPasses: 9 });

function pathOf(...actions: BallAction[]): Path<BallState, BallAction> {
  const [initial] = model.initialStates();
  if (initial === undefined) throw new Error('there is one');
  let state = initial;
  const steps = actions.map((action) => {
    const next = model.next(state, action);
    if (next === null) throw new Error(`${action} changes nothing`);
    state = next;
    return { action, state };
  });
  return { initial, steps };
}

const layoutOf = (path: Path<BallState, BallAction>) => layOut(model.lifelines ?? [], diagramSteps(model, path));

describe('the layout of a sequence diagram', () => {
  it('has a row for each step, from the top down', () => {
    const { rows } = layoutOf(pathOf('throw', 'catch', 'toss'));
    expect(rows.map(({ label }) => label)).toEqual(['throw', 'catch', 'toss']);
    expect(rows.map(({ y }) => y)).toEqual(rows.map(({ y }) => y).sort((a, b) => a - b));
  });

  it('draws a message from where it was sent to where it was delivered', () => {
    const { arrows, rows, lifelines } = layoutOf(pathOf('throw', 'rest', 'catch', 'throw'));
    expect(arrows).toMatchObject([
      { kind: 'delivered', fromX: lifelines[0]?.x, fromY: rows[0]?.y, toX: lifelines[1]?.x, toY: rows[2]?.y },
      { kind: 'flying', fromX: lifelines[1]?.x, fromY: rows[3]?.y },
    ]);
    const flying = arrows[1];
    expect(flying?.toX).toBeLessThan(flying?.fromX ?? 0);
    expect(flying?.toX).toBeGreaterThan(lifelines[0]?.x ?? 0);
  });

  it('lets a lost message end before it arrives', () => {
    const { arrows, lifelines, labels } = layoutOf(pathOf('throw', 'miss'));
    expect(arrows).toMatchObject([{ kind: 'lost' }]);
    expect(arrows[0]?.toX).toBeLessThan(lifelines[1]?.x ?? 0);
    expect(labels.map(({ text }) => text)).toContain('lost: miss');
  });

  it('takes a message that was on its way from the beginning, and a duplicate', () => {
    const flying = { passes: 0, holder: null, to: 1, down: false };
    const caught = { passes: 1, holder: 1, to: null, down: false };
    const fromTop = layoutOf({ initial: flying, steps: [{ action: 'catch', state: caught }] });
    expect(fromTop.arrows).toMatchObject([{ kind: 'delivered', fromY: 34 }]);
    const again = layoutOf({
      initial: { passes: 0, holder: 0, to: null, down: false },
      steps: [
        { action: 'throw', state: flying },
        { action: 'catch', state: flying },
        { action: 'catch', state: caught },
      ],
    });
    expect(again.arrows.map(({ kind, fromY }) => [kind, fromY])).toEqual([
      ['delivered', again.rows[0]?.y],
      ['delivered', again.rows[0]?.y],
    ]);
  });

  it('shows from when to when a node is down', () => {
    const { gaps, rows, marks, height } = layoutOf(pathOf('fall', 'rise', 'fall'));
    expect(gaps).toMatchObject([
      { from: rows[0]?.y, to: rows[1]?.y },
      { from: rows[2]?.y, to: height },
    ]);
    expect(marks.map(({ kind }) => kind)).toEqual(['cross', 'dot', 'cross']);
  });

  it('keeps everything within its edges, and labels of one side apart', () => {
    const rally: BallAction[] = ['throw', 'catch', 'throw', 'catch', 'throw', 'catch', 'fall'].slice(
      0,
      6,
    ) as BallAction[];
    const { labels, arrows, width, height } = layoutOf(pathOf(...rally));
    for (const { x, y, anchor, width: own } of labels) {
      expect(anchor === 'start' ? x + own : x).toBeLessThanOrEqual(width);
      expect(anchor === 'start' ? x : x - own).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThan(height);
    }
    for (const { toX, toY } of arrows) expect(toX <= width && toY <= height).toBe(true);
    const baselines = labels.map(({ y }) => y).sort((a, b) => a - b);
    for (const [at, y] of baselines.entries()) expect(y - (baselines[at - 1] ?? 0)).toBeGreaterThanOrEqual(12);
  });
});

describe('the drawing', () => {
  it('escapes what a model says', () => {
    const svg = sequenceDiagram(model, pathOf('throw'));
    expect(svg).not.toContain('<img');
    expect(svg).toContain('ball &lt;/script&gt;&lt;img src=x onerror=&quot;');
  });

  it('says in its title what happens', () => {
    expect(sequenceDiagram(model, pathOf('throw', 'catch'))).toMatch(
      /<title>Sequence diagram, of Ann, .* 1: throw; 2: catch</,
    );
  });

  it('stands below its title', () => {
    const plain = sequenceDiagram(model, pathOf('throw'));
    const titled = sequenceDiagram(model, pathOf('throw'), 'First Pass: example');
    const heightOf = (svg: string): number => Number(/ height="(\d+)"/.exec(svg)?.[1]);
    expect(heightOf(titled)).toBeGreaterThan(heightOf(plain));
    expect(titled).toContain('>First Pass: example</text>');
    expect(titled).toContain('<title>First Pass: example, of Ann');
  });

  it('is the same each time', () => {
    expect(sequenceDiagram(model, pathOf('throw', 'miss'))).toBe(sequenceDiagram(model, pathOf('throw', 'miss')));
  });
});
