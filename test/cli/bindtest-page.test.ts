/** The page of `v6only bindtest --html` in a browser. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { playBindtest } from '../../src/cli/bindtest';
import { formatPage } from '../../src/cli/bindtest-page';
import { platformDefaults } from '../../src/machine/defaults';
import { differences, RECORDED_KERNELS } from '../../src/matrix/recorded-binds';
import { matrixOf, recordedMatrix } from '../harness/bind-matrices';
import { Browser, noChromium, type View } from '../harness/chromium';
import { withReason } from '../harness/skips';

const VIEWS: View[] = [400, 1400].flatMap((width) => [
  { width, height: 900, scheme: 'light' },
  { width, height: 900, scheme: 'dark' },
]);
const PAGES = ['this machine', 'FreeBSD', 'no IPv6'] as const;

/** Runs in the page: what is wrong with it. */
const EXAMINE = `(() => {
  const problems = [];
  const { scrollWidth } = document.documentElement;
  if (scrollWidth > innerWidth) problems.push('wider than the window: ' + scrollWidth);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const shown = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() === '' || ['title', 'desc'].includes(element.tagName)) continue;
    if (element.checkVisibility() && element.getBoundingClientRect().width > 0) shown.push(element);
  }
  const svgOf = (element) => element.ownerSVGElement;
  const scaleOf = (svg) => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  let smallest = Infinity;
  for (const element of shown) {
    const scale = svgOf(element) ? scaleOf(svgOf(element)) : 1;
    smallest = Math.min(smallest, Number.parseFloat(getComputedStyle(element).fontSize) * scale);
  }
  const luminance = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).slice(0, 3).map((part) => {
      const c = part / 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  };
  const page = getComputedStyle(document.body).backgroundColor;
  for (const element of shown) {
    const style = getComputedStyle(element);
    const below = element.previousElementSibling;
    const filled = svgOf(element) && element.classList.contains('symbol') ? getComputedStyle(below).fill : 'none';
    const ratio = contrast(svgOf(element) ? style.fill : style.color, filled === 'none' ? page : filled);
    if (ratio < 4.5) problems.push('contrast ' + ratio.toFixed(1) + ' of ' + element.outerHTML);
  }
  for (const svg of document.querySelectorAll('svg[role=img]')) {
    const frame = svg.getBoundingClientRect();
    const boxes = [...svg.querySelectorAll('text')].map((text) => [text, text.getBoundingClientRect()]);
    for (const [text, box] of boxes) {
      const isInside = box.left >= frame.left - 1 && box.right <= frame.right + 1 && box.top >= frame.top - 1;
      if (!isInside || box.bottom > frame.bottom + 1) problems.push('outside: ' + text.textContent);
    }
    const labels = boxes.filter(([text]) => !text.classList.contains('symbol'));
    labels.forEach(([text, a], index) => {
      for (const [other, b] of labels.slice(index + 1)) {
        // Line boxes are higher than what is drawn in them.
        const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top + 4 || b.bottom <= a.top + 4;
        if (!apart) problems.push(text.textContent + ' runs into ' + other.textContent);
      }
    });
  }
  return { problems: [...new Set(problems)], smallest, pictures: document.querySelectorAll('svg[role=img]').length };
})()`;

describe.skipIf(noChromium !== null)(withReason('v6only bindtest --html: in Chromium', noChromium), () => {
  const folder = mkdtempSync(join(tmpdir(), 'v6only-page-'));
  const urlOf = (page: string) => pathToFileURL(join(folder, `${page}.html`)).href;
  let browser: Browser;

  beforeAll(async () => {
    const noIPv6 = matrixOf('linux', ({ first, second }) => (/::/.test(first + second) ? '??' : 'xx'));
    const matrices = [(await playBindtest()).matrix, recordedMatrix('freebsd-14.0'), noIPv6];
    PAGES.forEach((page, index) => {
      const matrix = matrices[index] ?? noIPv6;
      const comparisons = RECORDED_KERNELS.map((kernel) => ({ kernel, rows: differences(matrix, kernel) }));
      const test = { matrix, comparisons };
      const html = formatPage({ test, defaults: platformDefaults(), date: new Date() });
      writeFileSync(join(folder, `${page}.html`), html);
    });
    browser = await Browser.start();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  describe.each(PAGES)('%s', (page) => {
    it.each(VIEWS)('$width pixels, $scheme: loads in silence and is legible', async (view) => {
      const { requests, complaints } = await browser.load(urlOf(page), view);
      expect(complaints).toEqual([]);
      expect(requests).toEqual([urlOf(page)]);
      const examined = Object(await browser.evaluate(EXAMINE));
      expect(examined.problems).toEqual([]);
      expect(examined.smallest).toBeGreaterThanOrEqual(9);
      expect(examined.pictures).toBeGreaterThanOrEqual(6);
    });
  });

  it('its symbols and its colours differ, in light and in dark', async () => {
    const looks = `[...document.querySelectorAll('.legend path, .legend rect')].map((shape) =>
      [shape.getAttribute('class'), getComputedStyle(shape).fill, getComputedStyle(shape).stroke].join(' '))`;
    for (const scheme of ['light', 'dark'] as const) {
      await browser.load(urlOf('FreeBSD'), { width: 400, height: 900, scheme });
      const seen = new Set(Object(await browser.evaluate(looks)));
      const classes = [...seen].map((look) => String(look).split(' ')[0]);
      expect(classes.sort()).toEqual(
        ['cross', 'either', 'first', 'impossible', 'nobody', 'refused', 'second'].sort(),
      );
      const fills = [...seen].map((look) => /rgb\([^)]+\)/.exec(String(look))?.[0]);
      expect(new Set(fills.filter((_, at) => !/^(nobody|impossible)/.test(String([...seen][at])))).size).toBe(
        5,
      );
    }
  });

  it('is a picture, not an empty sheet', async () => {
    await browser.load(urlOf('this machine'), { width: 1400, height: 900, scheme: 'light' });
    const png = await browser.screenshot();
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.length).toBeGreaterThan(50_000);
  });
});
