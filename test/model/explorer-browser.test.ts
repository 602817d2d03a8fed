import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Explorer, serveExplorer } from '../../src/model/explorer/server.ts';
import { raftModel } from '../../src/model/raft/raft-model.ts';
import { defaultScope } from '../../src/model/raft/scope.ts';
import { twoPhaseCommit } from '../../src/model/two-phase-commit.ts';
import { needsChromium } from '../support/needs.ts';
import { ballGame } from './ball-game.ts';

const chromiumPath = needsChromium();
const ARGUMENTS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
const bounds = { depth: 7, timeMs: 30_000, memoryBytes: 2 ** 28 };

interface Opened {
  readonly page: Page;
  /** Errors, messages on the console, and requests for anything but the explorer. */
  readonly troubles: string[];
}

describe.skipIf(chromiumPath === false)('the explorer in a browser', () => {
  let browser: Browser;
  const explorers: Record<'raft' | 'commit' | 'ball' | 'starts', Explorer | null> = {
    raft: null,
    commit: null,
    ball: null,
    starts: null,
  };

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: String(chromiumPath), args: ARGUMENTS.split(' ') });
    explorers.raft = await serveExplorer(raftModel({ ...defaultScope, symmetry: false }), {
      port: 0,
      bounds,
      command: 'raft-chaos model explore --port 0',
    });
    explorers.commit = await serveExplorer(twoPhaseCommit({ managers: 3, symmetry: false }), {
      port: 0,
      bounds,
      command: 'raft-chaos model explore --port 0',
    });
    explorers.ball = await serveExplorer(ballGame({ mostPasses: 2 }), {
      port: 0,
      bounds: { ...bounds, depth: 20 },
      command: '',
    });
    explorers.starts = await serveExplorer(ballGame({ starts: 2 }), {
      port: 0,
      bounds,
      command: 'raft-chaos model explore --port 0',
    });
  });

  afterAll(async () => {
    await browser.close();
    await Promise.all(Object.values(explorers).map((explorer) => explorer?.close()));
  });

  const addressOf = (name: keyof typeof explorers): string => explorers[name]?.url ?? '';

  async function open(
    name: keyof typeof explorers,
    { width = 1280, hash = '', colorScheme = 'light' as 'light' | 'dark' } = {},
  ): Promise<Opened> {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
    const page = await context.newPage();
    const address = addressOf(name);
    const troubles: string[] = [];
    page.on('console', (message) => troubles.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (!request.url().startsWith(address)) troubles.push(`request: ${request.url()}`);
    });
    await page.goto(address + hash);
    await page.locator('#now .step').waitFor();
    return { page, troubles };
  }

  const steps = async (page: Page): Promise<string[]> => await page.locator('#path a').allTextContents();
  const now = (page: Page): Promise<string | null> => page.locator('#now .step').textContent();
  /** Does what stands on the button of a node, and waits until it is done. */
  async function act(page: Page, node: string, words: string): Promise<void> {
    const before = (await steps(page)).length;
    await page.locator(`#actions [aria-label="at ${node}"] button`, { hasText: words }).first().click();
    await expect.poll(async () => (await steps(page)).length).toBe(before + 1);
  }
  async function electN2(page: Page): Promise<void> {
    await act(page, 'n2', 'election time-out');
    await act(page, 'n2', 'its disk has synced');
    await act(page, 'n1', 'from n2: request-vote');
    await act(page, 'n1', 'synced all');
    await act(page, 'n2', 'from n1: vote');
  }

  it('elects a leader, step by step, and shows what each node knows', async () => {
    const { page, troubles } = await open('raft');
    expect(await now(page)).toBe('The beginning.');
    expect(await page.locator('.card').count()).toBe(3);
    await electN2(page);
    expect(await steps(page)).toHaveLength(6);
    const leader = page.locator('.card').nth(1);
    expect(await leader.locator('.status').textContent()).toBe('leader');
    expect(await leader.locator('.facts').textContent()).toMatch(/term1.*voten2.*commit0/s);
    expect(await leader.locator('.log .box').count()).toBe(1);
    expect(await leader.locator('.log').textContent()).toContain('not committed, not on the disk yet');
    expect(await page.locator('.messages li').allTextContents()).toEqual(
      expect.arrayContaining([expect.stringMatching(/^n2 → n3append-entries/)]),
    );
    expect(await page.locator('#now').textContent()).toContain('n2: candidate → leader');
    expect(await leader.locator('.changed').allTextContents()).toContain('leader');
    expect(await page.locator('.card').nth(0).locator('.changed').count()).toBe(0);
    expect(await page.title()).toContain('Step 5');
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  it('lets the sequence diagram grow', async () => {
    const { page } = await open('raft');
    expect(await page.locator('#drawn').isVisible()).toBe(false);
    const rows: number[] = [];
    for (const words of ['election time-out', 'its disk has synced']) {
      await act(page, 'n2', words);
      rows.push(await page.locator('#diagram svg .number').count());
    }
    await act(page, 'n1', 'from n2: request-vote');
    rows.push(await page.locator('#diagram svg .number').count());
    expect(rows).toEqual([1, 2, 3]);
    expect(await page.locator('#diagram svg .tip').count()).toBe(1);
    // The style within it took effect, which the policy must allow.
    const arrow = "getComputedStyle(document.querySelector('#diagram .arrow:not(.flying)')).stroke";
    expect(await page.evaluate(arrow)).toBe('rgb(11, 92, 173)');
    await page.context().close();
  });

  it('undoes, goes back to any step, starts over, and the browser goes back and forth', async () => {
    const { page, troubles } = await open('raft');
    await electN2(page);
    const all = await steps(page);
    await page.click('#undo');
    await expect.poll(() => steps(page)).toEqual(all.slice(0, 5));
    await page.locator('#path a').nth(2).click();
    await expect.poll(() => steps(page)).toEqual(all.slice(0, 3));
    await page.goBack();
    await expect.poll(() => steps(page)).toEqual(all.slice(0, 5));
    await page.goForward();
    await expect.poll(() => steps(page)).toEqual(all.slice(0, 3));
    await page.click('#restart');
    await expect.poll(() => now(page)).toBe('The beginning.');
    expect(await page.locator('#undo').isDisabled()).toBe(true);
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  it('restores the same path from its link', async () => {
    const { page } = await open('raft');
    await electN2(page);
    const all = await steps(page);
    await page.reload();
    await expect.poll(() => steps(page)).toEqual(all);
    const again = await open('raft', { hash: new URL(page.url()).hash });
    expect(await steps(again.page)).toEqual(all);
    expect(await now(again.page)).toBe(await now(page));
    await page.context().close();
    await again.page.context().close();
  });

  it('searches in the background, says when it was cut, and jumps to an example', async () => {
    const { page, troubles } = await open('raft');
    await expect
      .poll(() => page.locator('#search-words').textContent(), { timeout: 30_000 })
      .toContain('Cut at depth 7');
    expect(await page.locator('#search').textContent()).toMatch(/states[\d,]+unique[\d,]+depth7seconds\d+/);
    const liveness = page.locator('#properties li', { hasText: 'Election Liveness' });
    expect(await liveness.textContent()).toContain('holds after 5 steps');
    await liveness.locator('a').click();
    await expect.poll(async () => (await steps(page)).length).toBe(6);
    expect(await liveness.textContent()).toContain('holds here');
    expect(await page.locator('#properties li', { hasText: 'Election Safety' }).textContent()).toContain(
      'not broken up to the cut',
    );
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  it('marks what is decided once everything has been seen', async () => {
    const { page } = await open('ball');
    await expect.poll(() => page.locator('#search-words').textContent()).toContain('Done');
    const tones = await page.evaluate(`[...document.querySelectorAll('#properties li')].map((item) =>
      [item.querySelector('strong').textContent, item.className, item.querySelector('.verdict').textContent])`);
    expect(tones).toEqual([
      ['No Second Pass', 'bad', 'broken after 4 steps'],
      ['First Pass', 'good', 'holds after 2 steps'],
      ['Tenth Pass', 'bad', 'holds in no state'],
      ['Thrown', 'good', 'holds on every path that ends'],
    ]);
    await page.context().close();
  });

  it('jumps to a counterexample, and marks what is outside the boundary', async () => {
    const { page, troubles } = await open('ball');
    const broken = page.locator('#properties li', { hasText: 'No Second Pass' });
    await expect.poll(() => broken.textContent()).toContain('broken after 4 steps');
    await broken.locator('a').click();
    await expect.poll(() => broken.textContent()).toContain('broken here');
    await act(page, 'Ann', 'throw');
    const outside = page.locator('#actions button.outside');
    expect(await outside.textContent()).toContain('outside the boundary');
    await outside.click();
    await expect.poll(() => page.locator('#now').textContent()).toContain('the search does not come here');
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  it('is worked by the keyboard alone', async () => {
    const { page, troubles } = await open('raft');
    const focused = (): Promise<unknown> => page.evaluate('document.activeElement.textContent.trim()');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('To the next actions');
    await page.keyboard.press('Enter');
    expect(await focused()).toContain('election time-out');
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toContain('crash');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await expect.poll(() => now(page)).toBe('Step 1: n1: election time-out');
    // The focus stays among the actions, so that the next one is at hand.
    await expect.poll(() => page.evaluate("document.activeElement.closest('#actions') !== null")).toBe(true);
    await page.keyboard.press('1');
    await expect.poll(async () => (await steps(page)).length).toBe(3);
    await page.keyboard.press('u');
    await expect.poll(async () => (await steps(page)).length).toBe(2);
    await page.keyboard.press('s');
    await expect.poll(() => now(page)).toBe('The beginning.');
    await page.keyboard.press('?');
    expect(await page.locator('#help').isVisible()).toBe(true);
    await page.keyboard.press('1');
    await page.keyboard.press('Escape');
    expect(await page.locator('#help').isVisible()).toBe(false);
    expect(await steps(page)).toHaveLength(1);
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  it('lets single keys be switched off', async () => {
    const { page } = await open('raft');
    await page.keyboard.press('?');
    await page.uncheck('#shortcuts');
    await page.keyboard.press('Escape');
    await page.keyboard.press('1');
    await page.keyboard.press('?');
    expect(await page.locator('#help').isVisible()).toBe(false);
    expect(await steps(page)).toHaveLength(1);
    await page.context().close();
  });

  it('names everything that can be worked, and says aloud what has changed', async () => {
    const { page } = await open('raft');
    await electN2(page);
    const unnamed = await page.evaluate(`[...document.querySelectorAll('button, a[href], input')]
      .filter((element) => element.textContent.trim() === '' && element.labels?.length !== 1).length`);
    expect(unnamed).toBe(0);
    expect(await page.locator('[aria-live="polite"]').textContent()).toContain('next actions');
    expect(await page.locator('#path [aria-current="step"]').count()).toBe(1);
    await page.context().close();
  });

  it.each(['raft', 'commit', 'ball', 'starts'] as const)(
    'does not scroll sideways at 390 pixels (%s)',
    async (name) => {
      const { page, troubles } = await open(name, { width: 390 });
      for (let step = 0; step < 4; step++) {
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
        await page.locator('#actions button').first().click();
        await expect.poll(() => now(page)).toContain(name === 'starts' ? '' : `Step ${step + 1}`);
      }
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
      expect(troubles).toEqual([]);
      await page.context().close();
    },
  );

  it.each(['light', 'dark'] as const)('has the contrast that WCAG asks for, in %s colours', async (colorScheme) => {
    const { page } = await open('raft', { colorScheme });
    await electN2(page);
    expect(await page.evaluate(poorContrast)).toEqual([]);
    await page.context().close();
  });

  it('keeps a hostile text from doing anything', async () => {
    const { page } = await open('ball');
    await act(page, 'Ann', 'throw');
    expect(await page.title()).toContain('<img src=x');
    expect(await page.evaluate('document.images.length')).toBe(0);
    expect(await page.locator('.card h3').allTextContents()).toEqual(['Ann', expect.stringContaining('<img src=x')]);
    await page.context().close();
  });

  it.each(['#/0123456789abcdef', '#/<script>', '#/%', '#/1/2'])(
    'says so where a link leads nowhere: %s',
    async (hash) => {
      const { page } = await open('raft');
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      await expect.poll(() => page.locator('#problem').textContent()).toContain('This path cannot be shown');
      await page.keyboard.press('s');
      await expect.poll(() => page.locator('#problem').isVisible()).toBe(false);
      expect(await now(page)).toBe('The beginning.');
      await page.context().close();
    },
  );

  it('says so where the program behind it has ended', async () => {
    const explorer = await serveExplorer(ballGame(), { port: 0, bounds, command: 'raft-chaos model explore --port 0' });
    const page = await browser.newPage();
    await page.goto(explorer.url);
    await page.locator('#actions button').first().waitFor();
    await explorer.close();
    await page.locator('#actions button').first().click();
    await expect.poll(() => page.locator('#problem').textContent()).toContain('does not answer');
    await page.close();
  });
});

/** Texts whose colours are closer than 4.5 to 1 (3 to 1 for large ones) to what is behind them. */
const poorContrast = `(() => {
  const canvas = document.createElement('canvas').getContext('2d');
  const parse = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => [r, g, b].map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const poor = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
    if (!own || element.closest('svg, [hidden], dialog, :disabled, .hidden, script, noscript') !== null) continue;
    const { color, fontSize, fontWeight } = getComputedStyle(element);
    const [a, b] = [luminance(parse(color)), luminance(behind(element))].sort((x, y) => y - x);
    const isLarge = parseFloat(fontSize) >= 24 || (parseFloat(fontSize) >= 18.7 && Number(fontWeight) >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (isLarge ? 3 : 4.5)) poor.push(element.className + ' ' + element.textContent.slice(0, 30) + ' ' + ratio.toFixed(2));
  }
  return poor;
})()`;
