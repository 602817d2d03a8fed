import { describe, expect, it } from 'vitest';
import { escapeHtml, html, scriptJson, trusted } from '../../src/report/html.ts';

const HOSTILE = `</script><img src=x onerror="alert('1')">&`;

describe('html', () => {
  it('escapes text in content and in attributes', () => {
    const text = html`<p title="${HOSTILE}">${HOSTILE}</p>`.text;
    expect(text.match(/</g)).toHaveLength(2);
    expect(text.match(/"/g)).toHaveLength(2);
    expect(text).toContain('&lt;/script&gt;');
  });

  it('does not escape twice what a template made', () => {
    expect(html`<ul>${['a', 'b<'].map((item) => html`<li>${item}</li>`)}</ul>`.text).toBe(
      '<ul><li>a</li><li>b&lt;</li></ul>',
    );
  });

  it('leaves out null and false, keeps zero and the empty string', () => {
    expect(html`[${null}${false}${0}${''}]`.text).toBe('[0]');
  });

  it('shows a NUL, which a document must not hold', () => {
    expect(escapeHtml('a\u0000b')).toBe('a\ufffdb');
  });

  it('takes trusted text as it is', () => {
    expect(html`<style>${trusted('a > b {}')}</style>`.text).toBe('<style>a > b {}</style>');
  });
});

describe('JSON in a script element', () => {
  it('cannot end the element or open a comment, and reads back the same', () => {
    const value = { message: `${HOSTILE}<!--`, 'key</script>': [1] };
    const text = scriptJson(value).text;
    expect(text).not.toContain('<');
    expect(JSON.parse(text)).toEqual(value);
  });
});
