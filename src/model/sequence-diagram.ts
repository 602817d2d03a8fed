import { assert, present } from '../base/assert.ts';
import type { DiagramStep, Model } from './model.ts';
import { type Path, statesAlong } from './path.ts';

/** What a path does, step by step. The model must have lifelines. */
export function diagramSteps<State, Action>(model: Model<State, Action>, path: Path<State, Action>): DiagramStep[] {
  const before = statesAlong(path);
  assert(model.diagramStep !== undefined, 'the model says what its steps look like');
  return path.steps.map(({ action }, at) =>
    present(model.diagramStep?.(before[at] as State, action), 'the model says what its steps look like'),
  );
}

/**
 * A path as a sequence diagram, an SVG document that needs nothing else: a row for each step, with its words on the left, and
 * a lifeline for each actor. Arrows go from the row in which a message was sent to that in which it arrives; those that never
 * arrive end after a short way.
 */
export function sequenceDiagram<State, Action>(
  model: Model<State, Action>,
  path: Path<State, Action>,
  title: string,
): string {
  const words = path.steps.map(({ action }, at) => `${at + 1}  ${model.describeAction(action)}`);
  return draw(title, present(model.lifelines, 'the model has lifelines'), words, diagramSteps(model, path));
}

const rowHeight = 30;
const top = 84;
const lineGap = 190;
/** About how wide a character of the words is. */
const characterWidth = 6.7;

/** Where a message arrives, and where it was sent. */
interface Arrow {
  readonly from: number;
  readonly to: number;
  readonly sentRow: number;
  readonly row: number;
  readonly lost: boolean;
}

function draw(
  title: string,
  names: readonly string[],
  words: readonly string[],
  steps: readonly DiagramStep[],
): string {
  const left = 60 + characterWidth * Math.max(20, ...words.map((line) => line.length));
  const lineX = (line: number): number => Math.round(left + 80 + line * lineGap);
  const rowY = (row: number): number => top + row * rowHeight;
  const width = lineX(names.length - 1) + lineGap;
  const height = rowY(steps.length) + 20;
  const parts: string[] = [];

  for (const [line, name] of names.entries()) {
    parts.push(text(lineX(line), 60, 'name', name, 'middle'));
    for (const [from, to, up] of lives(steps, line)) {
      const [y1, y2] = [from < 0 ? 68 : rowY(from), to === steps.length ? height - 10 : rowY(to)];
      parts.push(
        `<line class="${up ? 'life' : 'down'}" x1="${lineX(line)}" x2="${lineX(line)}" y1="${y1}" y2="${y2}"/>`,
      );
    }
  }
  const { arrows, unanswered } = arrowsOf(steps);
  for (const { line, row, to } of unanswered) {
    const x = lineX(line);
    const towards = Math.sign(to - line);
    parts.push(`<line class="stub" x1="${x}" y1="${rowY(row)}" x2="${x + 30 * towards}" y2="${rowY(row) + 8}"/>`);
  }
  for (const { from, to, sentRow, row, lost } of arrows) {
    const line = `x1="${lineX(from)}" y1="${rowY(sentRow)}" x2="${lineX(to)}" y2="${rowY(row)}"`;
    parts.push(`<line class="${lost ? 'lost' : 'arrow'}" ${line}${lost ? '' : ' marker-end="url(#head)"'}/>`);
  }
  for (const [row, step] of steps.entries()) {
    const x = lineX(step.lifeline);
    parts.push(text(20, rowY(row) + 4, 'words', words[row] ?? ''));
    parts.push(
      `<circle class="event ${step.kind}" cx="${x}" cy="${rowY(row)}" r="5"><title>${escaped(step.label)}</title></circle>`,
    );
    if (step.notes.length > 0) parts.push(text(x + 10, rowY(row) - 5, 'note', step.notes.join('; ')));
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<style>${style}</style>
<defs><marker id="head" viewBox="0 0 10 10" refX="14" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z" fill="#2b5c8a"/></marker></defs>
<rect width="${width}" height="${height}" fill="#fff"/>
${text(20, 32, 'title', title)}
${parts.join('\n')}
</svg>
`;
}

const style = `text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1b1f24}
.title{font:600 16px system-ui,sans-serif}.name{font:600 13px system-ui,sans-serif}
.note{font:11px system-ui,sans-serif;fill:#6b3d00}
.life{stroke:#8a939d}.down{stroke:#c0392b;stroke-dasharray:2 5}
.arrow{stroke:#2b5c8a;stroke-width:1.4}.lost{stroke:#c0392b;stroke-dasharray:5 4}.stub{stroke:#b9c3cd;stroke-dasharray:3 3}
.event{fill:#2b5c8a;stroke:#fff}.timeout{fill:#b7791f}.input{fill:#2f855a}.choice{fill:#6b7785}.crash,.drop{fill:#c0392b}.recover{fill:#2f855a}`;

/** The stretches of a lifeline, each from one row to another, up or down. */
function lives(steps: readonly DiagramStep[], line: number): [from: number, to: number, up: boolean][] {
  const stretches: [number, number, boolean][] = [];
  let from = -1;
  let up = true;
  for (const [row, { lifeline, kind }] of steps.entries()) {
    if (lifeline !== line || (kind !== 'crash' && kind !== 'recover')) continue;
    stretches.push([from, row, up]);
    from = row;
    up = kind === 'recover';
  }
  stretches.push([from, steps.length, up]);
  return stretches;
}

/** Which sending each arrival belongs to: of equal messages the one sent first. What is sent before the first step is in row -1. */
function arrowsOf(steps: readonly DiagramStep[]): {
  arrows: Arrow[];
  unanswered: { line: number; row: number; to: number }[];
} {
  const sent = new Map<number, { row: number; line: number; to: number; arrived: boolean }[]>();
  const arrows: Arrow[] = [];
  for (const [row, step] of steps.entries()) {
    if (step.message !== null) {
      const sendings = sent.get(step.message.id) ?? [];
      // On a network that duplicates, a message may arrive more often than it was sent.
      const sending = sendings.find(({ arrived }) => !arrived) ?? sendings.at(-1);
      if (sending !== undefined) sending.arrived = true;
      const sentRow = sending?.row ?? -0.5;
      arrows.push({ from: step.message.from, to: step.lifeline, sentRow, row, lost: step.kind === 'drop' });
    }
    for (const { id, to } of step.sent) {
      sent.set(id, [...(sent.get(id) ?? []), { row, line: step.lifeline, to, arrived: false }]);
    }
  }
  const unanswered = [...sent.values()].flat().filter(({ arrived }) => !arrived);
  return { arrows, unanswered };
}

function text(x: number, y: number, name: string, content: string, anchor = 'start'): string {
  return `<text class="${name}" x="${x}" y="${y}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
