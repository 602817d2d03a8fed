import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderJunit } from '../../src/report/junit.ts';
import { renderReport } from '../../src/report/page.ts';
import { needsChromium } from '../support/needs.ts';
import { reportInput } from './fixture-input.ts';
import { emptyRun, hostileRun, lostRun, validRun } from './fixture-run.ts';

const chromiumPath = needsChromium();
const ARGUMENTS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
const HOSTILE = `</script></style></svg><img src=x onerror="document.title='broken'">`;

const PAGES = {
  invalid: renderReport(reportInput(lostRun())),
  valid: renderReport(reportInput(validRun(), { traces: new Map() })),
  large: renderReport(reportInput(lostRun(3400))),
  hostile: renderReport(reportInput(hostileRun(HOSTILE))),
  empty: renderReport(reportInput(emptyRun(), { traces: new Map(), files: [] })),
};

interface Opened {
  readonly page: Page;
  /** Errors, messages on the console, and requests for anything but the page. */
  readonly troubles: string[];
}

describe.skipIf(chromiumPath === false)('the report in a browser', () => {
  let browser: Browser;
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'report-page-'));
    for (const [name, text] of Object.entries(PAGES)) await writeFile(join(folder, `${name}.html`), text);
    browser = await chromium.launch({ executablePath: String(chromiumPath), args: ARGUMENTS.split(' ') });
  });

  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  async function open(
    name: keyof typeof PAGES,
    width: number,
    colorScheme: 'light' | 'dark' = 'light',
  ): Promise<Opened> {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const address = pathToFileURL(join(folder, `${name}.html`)).href;
    const troubles: string[] = [];
    page.on('console', (message) => troubles.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (request.url() !== address) troubles.push(`request: ${request.url()}`);
    });
    await page.goto(address);
    return { page, troubles };
  }

  for (const name of Object.keys(PAGES) as (keyof typeof PAGES)[]) {
    it.each([1280, 390])(`opens (${name}) without trouble at a width of %d pixels`, async (width) => {
      const { page, troubles } = await open(name, width);
      expect(troubles).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      await page.close();
    });
  }

  it.each(['light', 'dark'] as const)('draws its charts in %s colours', async (scheme) => {
    const { page } = await open('invalid', 1280, scheme);
    for (const id of ['throughput', 'latency', 'quantiles'])
      expect(await distinctColours(page, id)).toBeGreaterThan(20);
    await page.close();
  });

  it('keeps a hostile text from doing anything', async () => {
    const { page } = await open('hostile', 1280);
    expect(await page.title()).toContain('INVALID');
    expect(await page.evaluate('document.images.length')).toBe(0);
    expect(await page.locator('body').textContent()).toContain('<img src=x onerror=');
    await page.close();
  });

  it('lines the lanes up with the charts', async () => {
    for (const width of [1280, 390]) {
      const { page } = await open('invalid', width);
      const [left, right] = (await page.evaluate(`(() => {
        const { left, right } = Chart.getChart('latency').chartArea;
        const canvas = document.getElementById('latency').getBoundingClientRect();
        const lane = document.querySelector('.lanes .lane svg.plot').getBoundingClientRect();
        return [canvas.left + left - lane.left, canvas.left + right - lane.right];
      })()`)) as [number, number];
      expect(Math.abs(left)).toBeLessThan(1.5);
      expect(Math.abs(right)).toBeLessThan(1.5);
      await page.close();
    }
  });

  it('shows an anomaly’s neighbourhood in charts and lanes at a click', async () => {
    const { page, troubles } = await open('invalid', 1280);
    await page.click('#A1 a[data-range]');
    const shown = "(({ min, max }) => [min, max])(Chart.getChart('latency').scales.x)";
    const [from, to] = (await page.evaluate(shown)) as [number, number];
    expect(from).toBeGreaterThan(5);
    expect(to).toBeLessThan(12);
    expect(await page.evaluate("document.getElementById('view').selectedOptions[0].label")).toBe('A1 lost');
    expect(await page.locator('svg.zoom').first().getAttribute('width')).toBe(`${(30 / (to - from)) * 100}%`);
    await page.click('[data-zoom="2"]');
    const [earlier] = (await page.evaluate(shown)) as [number, number];
    expect(earlier).toBeLessThan(from);
    await page.selectOption('#view', { index: 0 });
    expect(await page.evaluate(shown)).toEqual([0, 30]);
    expect(troubles).toEqual([]);
    await page.close();
  });

  it('shows and hides a series from the keyboard', async () => {
    const { page } = await open('invalid', 1280);
    const button = page.locator('[data-chart="throughput"]', { hasText: 'fail' });
    await button.focus();
    await page.keyboard.press('Enter');
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    expect(await page.evaluate("Chart.getChart('throughput').isDatasetVisible(1)")).toBe(false);
    await page.close();
  });

  it('zooms to what is dragged across', async () => {
    const { page } = await open('invalid', 1280);
    await page.locator('#latency').scrollIntoViewIfNeeded();
    const box = await page.locator('#latency').boundingBox();
    if (box === null) throw new Error('the chart is to be seen');
    await page.mouse.move(box.x + 300, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 600, box.y + 60, { steps: 4 });
    await page.mouse.up();
    const span = (await page.evaluate("(({ min, max }) => max - min)(Chart.getChart('quantiles').scales.x)")) as number;
    expect(span).toBeGreaterThan(7);
    expect(span).toBeLessThan(11);
    await page.close();
  });

  it('copies the command', async () => {
    const { page } = await open('invalid', 1280);
    await page.click('#copy');
    await expect.poll(() => page.locator('#copied').textContent()).toMatch(/Copied|Selected/);
    await page.close();
  });

  it('prints everything in light colours', async () => {
    const { page } = await open('invalid', 1280, 'dark');
    const background = 'getComputedStyle(document.body).backgroundColor';
    expect(await page.evaluate(background)).toBe('rgb(20, 23, 27)');
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(await page.evaluate(background)).toBe('rgb(255, 255, 255)');
    expect(await page.evaluate("document.querySelectorAll('details:not([open])').length")).toBe(0);
    await page.close();
  });

  it('has a junit.xml that a parser of XML takes', async () => {
    const { page } = await open('empty', 1280);
    for (const run of [validRun(), lostRun(), emptyRun(), hostileRun(`${HOSTILE}\u0000\u001b\ud800 ]]>&`)]) {
      const parse = `new DOMParser().parseFromString(${JSON.stringify(renderJunit(run))}, 'application/xml')`;
      expect(await page.evaluate(`${parse}.querySelector('parsererror')?.textContent ?? ''`)).toBe('');
    }
    await page.close();
  });
});

function distinctColours(page: Page, id: string): Promise<unknown> {
  return page.evaluate(`(() => {
    const canvas = document.getElementById('${id}');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  })()`);
}
