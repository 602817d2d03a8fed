/**
 * Text that is HTML already. Only this module makes it, so that whatever else reaches a page has been escaped.
 */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template may hold: text is escaped, HTML stands as it is, null and false leave nothing. */
export type Part = Html | string | number | null | false | readonly Part[];

/** A tagged template for HTML and SVG: every part is escaped unless it came from such a template itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = strings[0] ?? '';
  for (const [at, part] of parts.entries()) text += render(part) + (strings[at + 1] ?? '');
  return new Html(text);
}

/** Text of this project's own that is HTML, a style sheet or a script; never anything that a run brought with it. */
export function trusted(text: string): Html {
  return new Html(text);
}

/** Safe in text and in quoted attributes. A NUL, which no HTML document may hold, is shown as the replacement character. */
export function escapeHtml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the NUL is what must not get through
  return text.replace(/[&<>"'\u0000]/g, (character) => ESCAPES[character] ?? '\ufffd');
}

/** A value as JSON that is safe inside a `script` element: no `<`, so neither `</script` nor `<!--` can stand in it. */
export function scriptJson(value: unknown): Html {
  return new Html(JSON.stringify(value).replaceAll('<', '\\u003c'));
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function render(part: Part): string {
  if (part === null || part === false) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  let text = '';
  for (const inner of part) text += render(inner);
  return text;
}
