// Opens pages in Chromium: node names.js CHROMIUM URL... Prints one line of JSON: whether a name ran as code or became an element.
const { chromium } = require('playwright-core');
const [executablePath, ...urls] = process.argv.slice(2);
(async () => {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  const out = [];
  for (const url of urls) {
    const page = await browser.newPage();
    const dialogs = []; page.on('dialog', d => { dialogs.push(d.message()); d.dismiss(); });
    await page.goto(url);
    if (url.includes('token=')) await page.waitForSelector('table.acgan, .acgan.note', { state: 'attached', timeout: 120000 }).catch(() => {});
    await page.waitForTimeout(3000);
    out.push(await page.evaluate(() => ({ hit: !!window.hit, made: document.querySelectorAll('img[src="x"], svg[onload], script[data-bad]').length,
      text: document.body.innerText.includes('onerror'), options: [...document.querySelectorAll('option')].map(o => o.textContent).join(' ') })));
    out[out.length - 1].dialogs = dialogs.length;
    await page.close(); }
  await browser.close(); console.log(JSON.stringify(out));
})();
