// Takes pictures of pages with chromium. Reads {chromium, shots: [{file, out, width, scheme, pictures}]}; asks no network:
// where a shot wants pictures, whatever is asked for is drawn here, else it is refused as mail programs do.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.argv[2]}/`);
const { chromium } = require('playwright-core');
const job = JSON.parse(readFileSync(0, 'utf8'));
// Dark words on nothing, as a logo with a transparent ground is.
const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 48" width="160" height="48">
<circle cx="24" cy="24" r="20" fill="#1d6660"/><text x="54" y="31" font-size="20" font-family="serif">A logo</text></svg>`;
const queue = [...job.shots];

async function worker(browser) {
  const context = await browser.newContext();
  let pictures = false;
  await context.route('**/*', (route) => {
    if (route.request().url().startsWith('file:')) return route.continue();
    return pictures ? route.fulfill({ contentType: 'image/svg+xml', body: LOGO }) : route.abort();
  });
  const page = await context.newPage();
  for (let shot = queue.shift(); shot; shot = queue.shift()) {
    pictures = shot.pictures ?? false;
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
