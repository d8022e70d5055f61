// Drives the explorer in JupyterLab through Chromium: node explorer.js URL CHROMIUM SCREENSHOT. Prints one line of JSON; tests/test_explorer.py reads it.
const { chromium } = require('playwright-core');
const [url, executablePath, screenshot] = process.argv.slice(2);
const pause = ms => new Promise(r => setTimeout(r, ms));

// in the page: the picture's pixels, as a data URL
const pixels = () => { const i = document.querySelector('img.acgan-main'), c = document.createElement('canvas');
  c.width = i.naturalWidth; c.height = i.naturalHeight; c.getContext('2d').drawImage(i, 0, 0); return c.toDataURL(); };

(async () => {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] }); // containers run tests as root
  const page = await browser.newPage({ viewport: { width: 1300, height: 1500 } });
  page.setDefaultTimeout(180000);
  const out = { changed: {}, latency: [], dialogs: [], sizes: {} };
  try {
    await page.goto(url);
    await page.waitForSelector('.jp-Notebook .jp-Cell');
    await page.waitForSelector('.jp-Notebook-ExecutionIndicator[data-status=idle]', { timeout: 60000 }).catch(() => {});
    // a dialog, say of a kernel that is slow to start on a busy machine, would swallow every click: note what it says, accept it
    const accept = async () => { for (let i = 0; i < 5; i++) {
      const dialog = page.locator('dialog.jp-Dialog, .jp-Dialog').first();
      if (!await dialog.count()) return;
      out.dialogs.push((await dialog.innerText().catch(() => '')).slice(0, 300));
      await dialog.locator('button.jp-mod-accept').click({ timeout: 5000 }).catch(() => page.keyboard.press('Escape'));
      await pause(1000); } };
    for (let attempt = 0; attempt < 5; attempt++) { // a kernel that is still connecting on a busy machine drops what it is asked
      await accept();
      await page.locator('.lm-MenuBar-item:has-text("Run")').click();
      await page.locator('[data-command="runmenu:run-all"]').click();
      if (await page.waitForSelector('table.acgan', { state: 'attached', timeout: 45000 }).catch(() => null)) break; }
    await page.waitForSelector('table.acgan', { state: 'attached', timeout: 5000 });
    await pause(3000); await accept();
    out.errors = await page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]').allInnerTexts();
    const models = page.locator('.acgan-explorer select').first();
    // the row of classes is of that model, and the search for the nearest image has ended
    const still = async word => {
      await page.waitForFunction(w => document.querySelector('.acgan.row').innerText.includes(w) && !document.querySelector('.acgan-stale'), word, { timeout: 90000 }); await pause(500); };
    out.first = await models.inputValue(); // the best model is offered first; its training images are large
    await still('tench'); await models.selectOption('fashion_mnist'); await still('Trouser');
    const picture = page.locator('img.acgan-main').first();
    await picture.scrollIntoViewIfNeeded();
    let last = await page.evaluate(pixels);
    const changes = async (name, act) => { // true when the picture differs afterwards; waits up to 10 s
      await act();
      let now = last;
      for (let i = 0; i < 100 && now === last; i++) { await pause(100); now = await page.evaluate(pixels); }
      out.changed[name] = now !== last; last = now; };
    const walk = page.locator('.noUi-handle').first(), mix = page.locator('.noUi-handle').nth(1);
    await changes('walk', async () => { await walk.focus(); for (let i = 0; i < 30; i++) await page.keyboard.press('ArrowRight'); });
    await pause(1500); last = await page.evaluate(pixels);
    await changes('mix', async () => { await mix.focus(); for (let i = 0; i < 60; i++) await page.keyboard.press('ArrowRight'); });
    await pause(1500); last = await page.evaluate(pixels);
    await changes('sample', () => page.locator('button[title="make sample 5 the start of the walk"]').click());
    await changes('resolution', () => page.locator('button:has-text("8 px")').first().click());
    await changes('surprise', () => page.locator('button:has-text("surprise me")').click());
    await pause(3000);
    // the side of both pictures, shown or hidden, after each toggle and for models without their images
    const wide = w => page.waitForFunction(w => document.querySelector('.acgan-near img').getBoundingClientRect().width === w, w, { timeout: 30000 }).catch(() => {}); // told by the test
    const side = async name => {
      out.sizes[name] = await page.evaluate(() => ['img.acgan-main', '.acgan-near img'].map(o => document.querySelector(o).getBoundingClientRect().width)); };
    const real = page.locator('.acgan-explorer input[type=checkbox]').first();
    await still('Trouser'); await side('nearest shown'); await real.click(); await wide(0); await side('nearest hidden'); await real.click(); await wide(256); await side('shown again');
    await models.selectOption('cifar10'); await still('airplane'); await side('cifar10');
    out.words = await page.locator('.acgan-near').first().innerText();
    out.missing = await page.locator('.acgan-near details').count();
    await models.selectOption('fashion_mnist'); await still('Trouser'); await side('back again');
    // from key to picture on the screen, sliders at rest before
    out.latency = await page.evaluate(async () => {
      const img = document.querySelector('img.acgan-main'), handle = document.querySelector('.noUi-handle'), took = [];
      for (let i = 0; i < 15; i++) {
        const start = performance.now(), loaded = new Promise(r => img.addEventListener('load', r, { once: true }));
        handle.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
        await Promise.race([loaded, new Promise(r => setTimeout(r, 3000))]);
        took.push(performance.now() - start); await new Promise(r => setTimeout(r, 1500)); }
      return took; });
    // a fast drag: how many pictures came, and how long after the last position the last one
    await page.evaluate(() => { window.loads = []; document.querySelector('img.acgan-main').addEventListener('load', () => window.loads.push(performance.now())); });
    const box = await walk.boundingBox();
    await page.mouse.move(box.x + 5, box.y + 5); await page.mouse.down();
    for (let i = 0; i < 80; i++) await page.mouse.move(box.x + 5 + 2 * (i % 60), box.y + 5);
    const end = await page.evaluate(() => performance.now()); await page.mouse.up(); await pause(4000);
    const loads = await page.evaluate(() => window.loads);
    out.drag = { positions: 80, pictures: loads.length, last_after_ms: Math.max(0, ...loads.map(t => t - end)) };
    await page.locator('button:has-text("save walk")').click();
    await page.waitForSelector('a[download$=".gif"]');
    out.gif = (await page.locator('a[download$=".gif"]').getAttribute('href')).slice(0, 30);
  } catch (e) { out.failed = String(e); }
  await page.screenshot({ path: screenshot }).catch(() => {});
  await browser.close();
  console.log(JSON.stringify(out));
})();
