import { present } from '../base/assert.ts';
import {
  type Arrow,
  type DiagramLayout,
  headHeight,
  type Label,
  layOut,
  type Mark,
  widthOf,
} from './diagram-layout.ts';
import type { DiagramStep, Model } from './model.ts';
import { type Path, statesAlong } from './path.ts';

/**
 * A path of an actor model as a sequence diagram: an SVG document that needs nothing else. Time goes downwards, a row a step;
 * an arrow begins where its message was sent and ends where it was delivered, so that one sees what overtook what. The title
 * stands above it, where one is given.
 */
export function sequenceDiagram<State, Action>(
  model: Model<State, Action>,
  path: Path<State, Action>,
  title?: string,
): string {
  const layout = layOut(
    present(model.lifelines, 'only a model with lifelines has a diagram'),
    diagramSteps(model, path),
  );
  const above = title === undefined ? 0 : titleHeight;
  const width = Math.max(layout.width, widthOf(title ?? '', titleSize) + 16);
  const height = layout.height + above;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="sequence" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escapeXml(nameOf(layout, title))}</title>`,
    `<style>${diagramStyle}</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    title === undefined ? '' : `<text class="title" x="8" y="22">${escapeXml(title)}</text>`,
    `<g transform="translate(0 ${above})">`,
    ...drawn(layout),
    '</g>',
    '</svg>\n',
  ].join('\n');
}

/** What a path does, step by step. The model must have lifelines. */
export function diagramSteps<State, Action>(model: Model<State, Action>, path: Path<State, Action>): DiagramStep[] {
  const before = statesAlong(path);
  return path.steps.map(({ action }, at) =>
    present(model.diagramStep?.(before[at] as State, action), 'a model with lifelines says what a step does to them'),
  );
}

const titleHeight = 30;
const titleSize = 16;

/** Constant, so that a content security policy can name it by its hash. Colours as in reports, for both schemes. */
export const diagramStyle = `
.sequence { --d-page: #ffffff; --d-text: #1b1f24; --d-muted: #5b6570; --d-line: #9aa5b1; --d-arrow: #0b5cad; --d-bad: #c4202b; --d-event: #8a6100; --d-note: #fff4d6; }
@media (prefers-color-scheme: dark) { .sequence { --d-page: #14171b; --d-text: #e4e7eb; --d-muted: #9aa5b1; --d-line: #5b6570; --d-arrow: #7cb7ff; --d-bad: #ff7b80; --d-event: #e0b155; --d-note: #3a3116; } }
.sequence text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--d-text); paint-order: stroke; stroke: var(--d-page); stroke-width: 4px; stroke-linejoin: round; }
.sequence .page { fill: var(--d-page); }
.sequence .head { font-weight: 700; font-size: 14px; }
.sequence .title { font-weight: 700; font-size: 16px; }
.sequence .number { fill: var(--d-muted); font-size: 11px; }
.sequence .life { stroke: var(--d-line); stroke-width: 1.5px; }
.sequence .down { stroke: var(--d-page); stroke-width: 4px; stroke-dasharray: 5 5; }
.sequence .arrow { stroke: var(--d-arrow); stroke-width: 1.5px; fill: none; }
.sequence .tip { fill: var(--d-arrow); }
.sequence .flying { stroke: var(--d-muted); stroke-dasharray: 4 3; }
.sequence .lost { stroke: var(--d-bad); stroke-dasharray: 4 3; }
.sequence .mark { fill: var(--d-event); }
.sequence .cross { stroke: var(--d-bad); stroke-width: 2.5px; fill: none; }
.sequence .note-box { fill: var(--d-note); stroke: var(--d-event); stroke-width: 1px; }
.sequence .note { stroke: none; }
`.trim();

/** For those who cannot see it. */
function nameOf({ lifelines, rows }: DiagramLayout, title = 'Sequence diagram'): string {
  const steps = rows.map(({ label }, at) => `${at + 1}: ${label}`).join('; ');
  return `${title}, of ${lifelines.map(({ name }) => name).join(', ')}. ${steps}`;
}

function drawn({ height, lifelines, rows, gaps, arrows, marks, labels }: DiagramLayout): string[] {
  return [
    ...lifelines.map(
      ({ x, name }) =>
        `<line class="life" x1="${x}" y1="${headHeight}" x2="${x}" y2="${height}"/>` +
        `<text class="head" x="${x}" y="${headHeight - 12}" text-anchor="middle">${escapeXml(name)}</text>`,
    ),
    ...gaps.map(({ x, from, to }) => `<line class="down" x1="${x}" y1="${from}" x2="${x}" y2="${to}"/>`),
    ...rows.map(({ y }, at) => `<text class="number" x="8" y="${y + 4}">${at + 1}</text>`),
    ...arrows.map(drawArrow),
    ...marks.map(drawMark),
    ...labels.map(drawLabel),
  ];
}

function drawArrow({ kind, fromX, fromY, toX, toY, label }: Arrow): string {
  const line = `<line class="arrow${kind === 'delivered' ? '' : ` ${kind}`}" x1="${fromX}" y1="${fromY}" x2="${toX}" y2="${toY}"/>`;
  const named = `<g><title>${escapeXml(label)}</title>${line}`;
  switch (kind) {
    case 'delivered':
      return `${named}${tip(fromX, fromY, toX, toY)}</g>`;
    case 'lost':
      return `${named}${cross(toX, toY)}</g>`;
    case 'flying':
      return `${named}</g>`;
  }
}

/** A triangle that ends at the lifeline and points along the arrow. */
function tip(fromX: number, fromY: number, toX: number, toY: number): string {
  const length = Math.sqrt((toX - fromX) ** 2 + (toY - fromY) ** 2) || 1;
  const alongX = (toX - fromX) / length;
  const alongY = (toY - fromY) / length;
  const baseX = toX - 9 * alongX;
  const baseY = toY - 9 * alongY;
  const corners = [
    [toX, toY],
    [baseX - 4 * alongY, baseY + 4 * alongX],
    [baseX + 4 * alongY, baseY - 4 * alongX],
  ];
  const points = corners.map((corner) => corner.map((value) => Math.round(value * 10) / 10).join(','));
  return `<polygon class="tip" points="${points.join(' ')}"/>`;
}

function drawMark({ kind, x, y }: Mark): string {
  return kind === 'cross' ? cross(x, y) : `<circle class="mark" cx="${x}" cy="${y}" r="5"/>`;
}

function cross(x: number, y: number): string {
  return `<path class="cross" d="M${x - 5},${y - 5} l10,10 m0,-10 l-10,10"/>`;
}

function drawLabel({ kind, x, y, anchor, text, width }: Label): string {
  const drawn = `<text class="${kind}" x="${x}" y="${y}" text-anchor="${anchor}">${escapeXml(text)}</text>`;
  if (kind === 'label') return drawn;
  const left = anchor === 'start' ? x - 5 : x - width - 5;
  return `<rect class="note-box" x="${left}" y="${y - 13}" width="${width + 10}" height="18" rx="3"/>${drawn}`;
}

function escapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no place for them
  return text.toWellFormed().replace(/[&<>"\u0000-\u001f\ufffe\uffff]/g, (found) => entities[found] ?? '\ufffd');
}
