// Takes pictures of pages with chromium. Reads {chromium, shots: [{file, out, width, scheme}]}; asks no network.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.argv[2]}/`);
const { chromium } = require('playwright-core');
const job = JSON.parse(readFileSync(0, 'utf8'));
const queue = [...job.shots];

async function worker(browser) {
  const context = await browser.newContext();
  await context.route('**/*', (route) => (route.request().url().startsWith('file:') ? route.continue() : route.abort()));
  const page = await context.newPage();
  for (let shot = queue.shift(); shot; shot = queue.shift()) {
    await page.setViewportSize({ width: shot.width, height: 400 });
    await page.emulateMedia({ colorScheme: shot.scheme });
    await page.goto(pathToFileURL(shot.file).href);
    await page.screenshot({ path: shot.out, fullPage: true });
  }
  await context.close();
}

const browsers = await Promise.all([1, 2].map(() =>
  chromium.launch({ executablePath: job.chromium, args: ['--no-sandbox', '--disable-dev-shm-usage'] })));
try {
  await Promise.all(browsers.map(worker));
} finally {
  await Promise.all(browsers.map((browser) => browser.close()));
}
