// Opens each mail in chromium, light and dark, at 320 and 1280 px: axe-core, words that cannot be seen, sideways
// scrolling, touch targets, and whatever it asks the network for (which is refused). Reads {chromium, mails, allowed} and prints findings, JSON.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.argv[2]}/`);
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const job = JSON.parse(readFileSync(0, 'utf8'));
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const OFF = ['landmark-one-main', 'region'];
const findings = [];
const queue = [...job.mails];

// Runs within the page.
const sideways = () => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide <= 0) return null;
  const edge = document.documentElement.clientWidth;
  const out = [...document.body.querySelectorAll('*')].filter((e) => {
    const box = e.getBoundingClientRect();
    return box.right > edge + 0.5 || box.left < -0.5;
  });
  return `scrolls sideways by ${wide} px: ${(out.at(-1) ?? document.body).outerHTML.slice(0, 120)}`;
};
const small = () =>
  [...document.querySelectorAll('a')]
    .filter((a) => getComputedStyle(a).display !== 'inline')
    .map((a) => [a.getBoundingClientRect(), a.textContent.trim()])
    .filter(([box]) => box.height < 43.5)
    .map(([box, text]) => `"${text}" is ${box.height.toFixed(0)} px high; a finger needs 44`);
// Buttons keep every word whole; cells of a table may break only words that no phone has room for.
const torn = () => {
  const found = [];
  const look = (element, longest, told) => {
    const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (walk.nextNode())
      for (const word of walk.currentNode.data.matchAll(/[^\s-]+/g)) {
        const range = document.createRange();
        range.setStart(walk.currentNode, word.index);
        range.setEnd(walk.currentNode, word.index + word[0].length);
        if (word[0].length <= longest && new Set([...range.getClientRects()].map((box) => box.top)).size > 1)
          found.push(told(word[0]));
      }
  };
  for (const a of document.querySelectorAll('a'))
    if (getComputedStyle(a).display !== 'inline')
      look(a, Infinity, () => `the button "${a.textContent.trim()}" is broken within a word`);
  for (const cell of document.querySelectorAll('table:not([role]) :is(td, th)'))
    look(cell, 10, (word) => `"${word}" is broken in its cell; ten letters have room beside two other columns`);
  return found;
};
// Words that have no area, or none within what clips them. The first words of a mail are its preheader: none of those
// may be seen, and all others must.
const unseen = () => {
  const shown = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    let boxes = [...range.getClientRects()];
    for (let e = node.parentElement; e; e = e.parentElement) {
      const style = getComputedStyle(e);
      if (Number(style.opacity) === 0 || (e === node.parentElement && style.visibility !== 'visible')) return 0;
      if (style.overflowX === 'visible' && style.overflowY === 'visible') continue;
      if (e === document.body || e === document.documentElement) continue;
      const clip = e.getBoundingClientRect();
      boxes = boxes.map((b) => new DOMRect(Math.max(b.left, clip.left), Math.max(b.top, clip.top),
        Math.max(0, Math.min(b.right, clip.right) - Math.max(b.left, clip.left)),
        Math.max(0, Math.min(b.bottom, clip.bottom) - Math.max(b.top, clip.top))));
    }
    return boxes.filter((b) => b.right > 0 && b.bottom + scrollY > 0 && b.width >= 1)
      .reduce((most, b) => Math.max(most, b.height), 0);
  };
  const blank = /^[\s\u034f\u200c\u00a0]*$/;
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let first = true;
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (blank.test(node.data) || ['STYLE', 'SCRIPT'].includes(node.parentElement.tagName)) continue;
    const words = `"${node.data.trim().replace(/\s+/g, ' ').slice(0, 60)}"`;
    const height = shown(node);
    if (first && height > 0) found.push(`the preheader is to be seen: ${words}`);
    if (!first && height < 10) found.push(`cannot be seen: ${words}`);
    first = false;
  }
  return found;
};
const judged = ([tags, off]) =>
  window.axe.run(document, {
    runOnly: { type: 'tag', values: tags },
    rules: Object.fromEntries(off.map((rule) => [rule, { enabled: false }])),
    resultTypes: ['violations'],
    elementRef: false,
  }).then((result) =>
    result.violations.flatMap((v) => v.nodes.map((n) => ({
      rule: v.id, what: (n.any[0] ?? n.all[0] ?? n.none[0])?.message ?? v.help, at: String(n.target.at(-1)),
    }))));

async function look(page, mail, asked) {
  asked.length = 0;
  const tell = (place, what) => findings.push({ mail: mail.name, place, what });
  for (const [width, schemes] of [[320, ['light', 'dark']], [1280, ['dark', 'light']]]) {
    await page.setViewportSize({ width, height: 900 });
    if (width === 320) await page.goto(pathToFileURL(mail.file).href, { waitUntil: 'domcontentloaded' });
    const scrolls = await page.evaluate(sideways);
    if (scrolls) tell(`${width} px`, scrolls);
    if (width === 320)
      for (const what of [...await page.evaluate(small), ...await page.evaluate(torn)]) tell('320 px', what);
    if (width === 320) await page.evaluate(axe);
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      for (const what of await page.evaluate(unseen)) tell(`${colorScheme}, ${width} px`, what);
      for (const { rule, what, at } of await page.evaluate(judged, [TAGS, OFF]))
        tell(`${colorScheme}, ${width} px`, `${rule}: ${what} (${at})`);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  for (const url of asked) if (!job.allowed.includes(url)) tell('network', `asks for ${url}`);
}

async function worker(browser) {
  const context = await browser.newContext({ colorScheme: 'light' });
  const page = await context.newPage();
  const asked = [];
  await context.route('**/*', (route) => {
    const url = route.request().url();
    if (url.startsWith('file:')) return route.continue();
    asked.push(url);
    return route.abort();
  });
  for (let mail = queue.shift(); mail; mail = queue.shift()) await look(page, mail, asked);
  await context.close();
}

const browsers = await Promise.all([1, 2].map(() =>
  chromium.launch({ executablePath: job.chromium, args: ['--no-sandbox', '--disable-dev-shm-usage'] })));
try {
  await Promise.all(browsers.map(worker));
} finally {
  await Promise.all(browsers.map((browser) => browser.close()));
}
console.log(JSON.stringify(findings));
