import type { DiagramStep } from './model.ts';

/** Where everything in a sequence diagram stands, in pixels. */
export interface DiagramLayout {
  readonly width: number;
  readonly height: number;
  readonly lifelines: readonly { readonly name: string; readonly x: number }[];
  /** One a step. */
  readonly rows: readonly { readonly y: number; readonly label: string }[];
  /** When a node was down. */
  readonly gaps: readonly { readonly x: number; readonly from: number; readonly to: number }[];
  readonly arrows: readonly Arrow[];
  readonly marks: readonly Mark[];
  readonly labels: readonly Label[];
}

/** `flying`: not delivered yet; it ends on its way. */
export interface Arrow {
  readonly kind: 'delivered' | 'lost' | 'flying';
  readonly fromX: number;
  readonly fromY: number;
  readonly toX: number;
  readonly toY: number;
  readonly label: string;
}

export interface Mark {
  readonly kind: 'dot' | 'cross';
  readonly x: number;
  readonly y: number;
}

export interface Label {
  readonly kind: 'label' | 'note';
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'end';
  readonly text: string;
  readonly width: number;
}

/** Where the lifelines begin. */
export const headHeight = 34;

const firstX = 64;
const lifelineGap = 130;
const lastMargin = 56;
const rowHeight = 32;
const noteHeight = 22;
/** The column of the numbers of steps. */
const numbersWidth = 26;
export function layOut(lifelines: readonly string[], steps: readonly DiagramStep[]): DiagramLayout {
  const layout = new Layout(lifelines);
  for (const step of steps) layout.add(step);
  return layout.finish();
}

/** About what a text takes in the font of diagrams; it has room to spare. */
export function widthOf(text: string, size = 12): number {
  return Math.ceil(text.length * size * 0.525);
}

interface Sent {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly label: string;
  readonly y: number;
  /** How many its sender sent before it in the same step. */
  readonly place: number;
  arrived: boolean;
}

class Layout {
  readonly #names: readonly string[];
  readonly #rows: { y: number; label: string }[] = [];
  readonly #gaps: { x: number; from: number; to: number }[] = [];
  readonly #arrows: Arrow[] = [];
  readonly #marks: Mark[] = [];
  readonly #labels: Label[] = [];
  readonly #sent: Sent[] = [];
  readonly #downSince = new Map<number, number>();
  #width: number;
  #y = headHeight + 20;

  constructor(names: readonly string[]) {
    this.#names = names;
    this.#width = this.#x(names.length - 1) + lastMargin;
  }

  add({ lifeline, kind, label, message, sent, notes }: DiagramStep): void {
    const y = this.#y;
    const x = this.#x(lifeline);
    this.#rows.push({ y, label });
    if (message !== null) {
      this.#arrive(message, lifeline, kind === 'drop' ? 'lost' : 'delivered', label);
    } else {
      this.#marks.push({ kind: kind === 'crash' ? 'cross' : 'dot', x, y });
      // Where what it sends does not cross it; else above that.
      const toRight = sent.filter(({ to }) => to > lifeline).length;
      this.#label(lifeline, 2 * toRight > sent.length ? 'left' : 'right', label, -9);
    }
    if (kind === 'crash') this.#downSince.set(lifeline, y);
    if (kind === 'recover') this.#up(lifeline, y);
    for (const [place, { id, to, label: words }] of sent.entries()) {
      this.#sent.push({ id, from: lifeline, to, label: words, y, place, arrived: false });
    }
    this.#y += rowHeight;
    for (const note of notes) {
      this.#note(lifeline, this.#y - rowHeight + noteHeight + 4, note);
      this.#y += noteHeight;
    }
  }

  finish(): DiagramLayout {
    const bottom = this.#y;
    for (const lifeline of [...this.#downSince.keys()]) this.#up(lifeline, bottom);
    for (const sent of this.#sent) if (!sent.arrived) this.#fly(sent);
    return {
      width: Math.ceil(this.#width),
      height: bottom,
      lifelines: this.#names.map((name, at) => ({ name, x: this.#x(at) })),
      rows: this.#rows,
      gaps: this.#gaps,
      arrows: this.#arrows,
      marks: this.#marks,
      labels: this.#labels,
    };
  }

  /** Of equal messages the one sent first arrives first; a duplicate begins where the last one did. */
  #arrive(message: { id: number; from: number }, at: number, kind: 'delivered' | 'lost', label: string): void {
    const alike = this.#sent.filter(({ id, to }) => id === message.id && to === at);
    const sent = alike.find(({ arrived }) => !arrived) ?? alike.at(-1);
    if (sent !== undefined) sent.arrived = true;
    const fromX = this.#x(message.from);
    const lifelineX = this.#x(at);
    const toX = kind === 'lost' ? fromX + 0.7 * (lifelineX - fromX) : lifelineX;
    // What was on its way from the beginning comes from the top.
    this.#arrows.push({ kind, fromX, fromY: sent?.y ?? headHeight, toX, toY: this.#y, label });
    const words = kind === 'lost' ? `lost: ${label}` : label;
    const below = 12;
    const isShifted = this.#label(at, message.from <= at ? 'right' : 'left', words, below);
    if (isShifted) this.#y += below;
  }

  /** A short piece of its way; those that were sent at once are fanned out. */
  #fly({ from, to, y, label, place }: Sent): void {
    const fromX = this.#x(from);
    const direction = to < from ? -1 : 1;
    const toY = Math.min(y + 8 + 6 * place, this.#y - 2);
    this.#arrows.push({ kind: 'flying', fromX, fromY: y, toX: fromX + 36 * direction, toY, label });
  }

  #up(lifeline: number, y: number): void {
    const from = this.#downSince.get(lifeline);
    if (from === undefined) return;
    this.#downSince.delete(lifeline);
    this.#gaps.push({ x: this.#x(lifeline), from, to: y });
  }

  /** On the side asked for where it has room; else on the other, shifted so that arrows of that side do not cross it. */
  #label(lifeline: number, side: 'left' | 'right', text: string, shift: number): boolean {
    const width = widthOf(text);
    const isShifted = side === 'left' && this.#x(lifeline) - 22 - width < numbersWidth;
    const y = this.#y + 4 + (isShifted ? shift : 0);
    if (side === 'right' || isShifted) this.#atRight('label', lifeline, y, text);
    else this.#labels.push({ kind: 'label', x: this.#x(lifeline) - 14, y, anchor: 'end', text, width });
    return isShifted;
  }

  #note(lifeline: number, y: number, text: string): void {
    this.#atRight('note', lifeline, y, text);
  }

  /** The diagram is as wide as it takes. */
  #atRight(kind: Label['kind'], lifeline: number, y: number, text: string): void {
    const x = this.#x(lifeline) + 14;
    const width = widthOf(text);
    this.#labels.push({ kind, x, y, anchor: 'start', text, width });
    this.#width = Math.max(this.#width, x + width + 8);
  }

  #x(lifeline: number): number {
    return firstX + lifelineGap * lifeline;
  }
}
