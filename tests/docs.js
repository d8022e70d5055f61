// Walks through the documentation site: node docs.js URL CHROMIUM SCREENSHOTS PAGE... Prints one line of JSON; tests/test_docs.py reads it.
const { chromium } = require('playwright-core');
const [url, executablePath, shots, ...pages] = process.argv.slice(2);
const out = { pages: 0, errors: [], outside: [], alt: [], broken: [], maths: [], wide: [] };

async function walk(context) {
  const page = await context.newPage();
  let at = '';
  page.on('console', (m) => { if (m.type() === 'error') out.errors.push(`${at}: ${m.text()}`); });
  page.on('pageerror', (e) => out.errors.push(`${at}: ${e.message}`));
  for (at of pages) {
    const r = await page.goto(`${url}/${at}`, { waitUntil: 'load' });
    if (!r.ok()) { out.errors.push(`${at}: status ${r.status()}`); continue; }
    const seen = await page.evaluate(async () => {
      const shown = [...document.images].filter((i) => i.offsetParent);
      await Promise.all(shown.map((i) => (i.loading = 'eager', i.decode().catch(() => {}))));
      const maths = [...document.querySelectorAll('span.math')];
      return { alt: shown.filter((i) => !(i.getAttribute('alt') || '').trim()).map((i) => i.src.slice(0, 80)), broken: shown.filter((i) => !i.naturalWidth).map((i) => i.src.slice(0, 120)),
        raw: maths.filter((m) => !m.querySelector('.katex')).length + document.querySelectorAll('.katex-error').length, maths: maths.length };
    });
    for (const k of ['alt', 'broken']) for (const o of seen[k]) out[k].push(`${at}: ${o}`);
    if (seen.raw) out.maths.push(`${at}: ${seen.raw} of ${seen.maths} formulas are not rendered`);
    out.formulas = (out.formulas || 0) + seen.maths;
    await page.setViewportSize({ width: 390, height: 800 });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > 390) out.wide.push(`${at}: ${width} px wide on a phone of 390`);
    await page.setViewportSize({ width: 1280, height: 900 });
    out.pages++;
  }
  await page.goto(`${url}/index.html`);
  const box = page.locator('.smalldocs-search input').first();
  await box.fill('MS-SSIM');
  await page.waitForSelector('.search-result');
  out.found = await page.locator('.search-result').evaluateAll((all) => all.map((a) => [a.getAttribute('href'), a.innerText.slice(0, 200)]));
  await box.press('ArrowDown'); await box.press('Enter');
  await page.waitForURL((u) => !u.pathname.endsWith('/index.html')); out.went = page.url(); await page.goto(`${url}/index.html`);
  const back = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  out.scheme = [await back()]; // light, dark, light
  for (let i = 0; i < 2; i++) {
    await page.locator('.quarto-color-scheme-toggle').first().click();
    await page.waitForFunction((b) => getComputedStyle(document.body).backgroundColor !== b, out.scheme.at(-1), { timeout: 5000 }).catch(() => {});
    await page.waitForTimeout(100); out.scheme.push(await back());
  }
  await page.close();
}

const pixels = (page, id) => page.evaluate((id) => { const c = document.getElementById(id); return [c.width, c.toDataURL()].join(); }, id);
async function explorer(context) {
  const page = await context.newPage(), e = out.explorer = { changed: {} };
  page.on('console', (m) => { if (m.type() === 'error') out.errors.push(`explorer: ${m.text()}`); });
  page.on('pageerror', (x) => out.errors.push(`explorer: ${x.message}`));
  const start = Date.now();
  await page.goto(`${url}/explorer/index.html`);
  await page.waitForFunction(() => window.acgan && (acgan.failed || (acgan.ready && acgan.settled)), null, { timeout: 60000 });
  e.load = Date.now() - start; e.failed = await page.evaluate(() => acgan.failed || '');
  if (e.failed) return;
  let last = await pixels(page, 'main');
  const changes = async (name, act) => { await act(); let now = last; for (let i = 0; i < 100 && now === last; i++) { await page.waitForTimeout(30); now = await pixels(page, 'main'); } e.changed[name] = now !== last; last = now; };
  const settle = () => page.waitForFunction(() => acgan.settled);
  await changes('slider by mouse', async () => { const b = await page.locator('#t').boundingBox(); await page.mouse.click(b.x + b.width * 0.6, b.y + b.height / 2); });
  await settle(); last = await pixels(page, 'main');
  await changes('slider by key', async () => { await page.locator('#t').focus(); for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowRight'); });
  await settle(); last = await pixels(page, 'main');
  await changes('mix', async () => { await page.locator('#mix').focus(); await page.keyboard.press('End'); });
  await changes('class swap', () => page.locator('#swap button').last().click());
  await changes('class menu', () => page.locator('#a').selectOption({ index: 1 }));
  await settle(); last = await pixels(page, 'main');
  await changes('sample by key', async () => { await page.locator('#style button').nth(0).focus(); for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight'); await page.keyboard.press('Enter'); });
  await settle(); last = await pixels(page, 'main');
  await changes('draw number', async () => { await page.locator('#seed').fill('7'); await page.locator('#seed').press('Enter'); });
  await settle();
  e.swap = await page.locator('#swap button').count(); e.differ = new Set(await page.locator('#swap canvas').evaluateAll((all) => all.map((c) => c.toDataURL()))).size;
  // time a frame: one slider position after the other, each waited for; the small pictures follow only when it rests
  e.frames = await page.evaluate(async () => {
    const t = document.getElementById('t'), pause = (ms) => new Promise((r) => setTimeout(r, ms)), until = async (f) => { for (let k = 0; k < 5000 && !f(); k++) await pause(1); };
    acgan.times.length = 0;
    for (let i = 0; i < 40; i++) {
      const n = acgan.times.length;
      t.value = (Math.round(100 * acgan.state.t) + 7) % 101; t.dispatchEvent(new Event('input'));
      await until(() => acgan.times.length > n);
      if (i % 8 === 7) await until(() => acgan.settled);
    }
    return [...acgan.times]; });
  e.unlabelled = await page.evaluate(() => [...document.querySelectorAll('#app :is(input, select, button)')].filter((o) => !(o.labels && o.labels.length) && !o.getAttribute('aria-label') && !o.textContent.trim()).map((o) => o.outerHTML.slice(0, 80)));
  e.models = await page.locator('#model option').allInnerTexts();
  for (let i = 1; i < e.models.length; i++) { await page.locator('#model').selectOption({ index: i }); await page.waitForFunction(() => acgan.failed || (acgan.ready && acgan.settled), null, { timeout: 60000 }); await changes(`model ${e.models[i]}`, async () => { await page.locator('#t').focus(); await page.keyboard.press('End'); }); }
  e.colour = await page.evaluate(() => { const c = document.getElementById('main'), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0; for (let i = 0; i < d.length; i += 4) n += d[i] !== d[i + 1]; return [c.width, n]; });
  if (shots) await page.screenshot({ path: `${shots}/explorer.png`, fullPage: true });
  await page.close();
}
async function without(context) { // no WebAssembly: a sentence and a picture
  const page = await context.newPage();
  await page.addInitScript(() => { delete window.WebAssembly; });
  await page.goto(`${url}/explorer/index.html`);
  await page.waitForFunction(() => { const i = document.getElementById('picture'); return window.acgan && acgan.failed && i.complete && i.naturalWidth; });
  out.fallback = await page.locator('#fallback').innerText();
  await page.close();
}

(async () => {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] }); // containers run tests as root
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' });
  context.setDefaultTimeout(30000);
  context.on('request', (r) => { if (!r.url().startsWith(url) && !/^(data|blob):/.test(r.url())) out.outside.push(r.url()); });
  try { if (pages.length) await walk(context); await explorer(context); await without(context); } catch (e) { out.failed = String(e); }
  await browser.close();
  console.log(JSON.stringify(out));
})();
