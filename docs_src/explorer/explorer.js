// The page: controls -> what every small canvas should show -> the worker, picture by picture. Newest first, nothing stale is queued.
const $ = (id) => document.getElementById(id);
const DRAWS = 16; // samples in the grid
const state = { model: null, seed: 0, start: 0, end: 1, a: 0, b: 1, t: 0, mix: 0, mode: 'linear' };
let models = [], info = null, worker = null, ids = 0, busy = false, cursor = 0, playing = 0, version = 0;
let big, ends, swap = [], style = [];
const waiting = new Map(), times = [];
window.acgan = { state, times, ready: false, settled: false }; // for tests, and for the curious

// ---- random draws: a small generator with a seed (mulberry32), normal by Box and Muller or uniform, as the model was trained
function random(seed) {
  let s = seed >>> 0;
  return () => { s = (s + 0x6D2B79F5) >>> 0; let x = Math.imul(s ^ (s >>> 15), 1 | s); x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x; return ((x ^ (x >>> 14)) >>> 0) / 4294967296; };
}
const drawn = new Map();
function noise(i) { // draw i of the current seed
  const key = `${state.model}/${state.seed}/${i}`;
  if (!drawn.has(key)) {
    if (drawn.size > 500) drawn.clear();
    const r = random(Math.imul(state.seed + 1, 2654435761) ^ Math.imul(i + 1, 40503)), uniform = info.z === 'uniform';
    drawn.set(key, Float32Array.from({ length: info.z_dim }, () => uniform ? 2 * r() - 1 : Math.sqrt(-2 * Math.log(1 - r())) * Math.cos(2 * Math.PI * r())));
  }
  return drawn.get(key);
}
function between(a, b, t) { // the walk, as in Figure 9a (linear), or along the great circle
  if (state.mode === 'spherical' && t > 0 && t < 1) {
    let ab = 0, aa = 0, bb = 0;
    for (let i = 0; i < a.length; i++) { ab += a[i] * b[i]; aa += a[i] * a[i]; bb += b[i] * b[i]; }
    const w = Math.acos(Math.min(1, Math.max(-1, ab / Math.sqrt(aa * bb))));
    if (Math.sin(w) > 1e-4) { const p = Math.sin((1 - t) * w) / Math.sin(w), q = Math.sin(t * w) / Math.sin(w); return a.map((x, i) => p * x + q * b[i]); }
  }
  return a.map((x, i) => (1 - t) * x + t * b[i]);
}
const here = () => between(noise(state.start), noise(state.end), state.t);
function classes(k) { // class vector: one class, or the mixture of A and B
  const c = new Float32Array(info.classes.length);
  if (k === undefined) { c[state.a] += 1 - state.mix; c[state.b] += state.mix; } else c[k] = 1;
  return c;
}

// ---- what each canvas should show, as a key; a canvas whose key differs from the wanted one is stale
const place = () => [state.model, state.seed, state.start, state.end, state.t, state.mode].join('|');
const asked = () => [state.a, state.b, state.mix].join('|');
function items() {
  const draw = (i) => ({ want: () => [state.model, state.seed, i, asked()].join('|'), z: () => noise(i), c: () => classes() });
  big = { canvas: $('main'), want: () => place() + '|' + asked(), z: here, c: () => classes() };
  ends = [{ canvas: $('start'), ...dynamic('start') }, { canvas: $('end'), ...dynamic('end') }];
  function dynamic(which) { return { want: () => [state.model, state.seed, state[which], asked()].join('|'), z: () => noise(state[which]), c: () => classes() }; }
  swap = info.classes.map((name, k) => ({ canvas: tile($('swap'), name, () => set({ a: k, mix: 0 })), want: () => place() + '|class ' + k, z: here, c: () => classes(k) }));
  style = Array.from({ length: DRAWS }, (_, i) => ({ canvas: tile($('style'), '', () => set({ [sets()]: i, t: sets() === 'start' ? 0 : 1 }), `Sample ${i + 1}`), ...draw(i) }));
}
addEventListener('resize', () => { for (const o of document.querySelectorAll('canvas')) fit(o); });
const sets = () => document.querySelector('input[name=sets]:checked').value;
function tile(parent, text, click, label) { // a button with a canvas in it -> the canvas
  const button = document.createElement('button'), canvas = document.createElement('canvas');
  button.type = 'button'; button.append(canvas);
  if (label) button.setAttribute('aria-label', label);
  if (text) { const span = document.createElement('span'); span.textContent = text; button.append(span); }
  button.addEventListener('click', click); parent.append(button);
  return canvas;
}

// ---- drawing
function fit(canvas) { // as large as its place allows, each pixel a whole number of the screen's
  const side = canvas.width, ratio = devicePixelRatio || 1, room = canvas.parentElement.clientWidth - parseFloat(getComputedStyle(canvas.parentElement).paddingLeft) * 2;
  const times = Math.floor(room * ratio / side);
  canvas.style.width = times >= 1 ? `${times * side / ratio}px` : '100%';
}
function paint(canvas, pixels, [, C, H, W]) { // (1, C, H, W) in [-1, 1]; one channel is grey
  if (canvas.width !== W || canvas.height !== H) { canvas.width = W; canvas.height = H; fit(canvas); }
  const context = canvas.getContext('2d'), image = context.createImageData(W, H), n = H * W;
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < 3; k++) image.data[4 * i + k] = Math.round((pixels[(C === 1 ? 0 : k) * n + i] + 1) * 127.5); // clamped by the array
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}
function ask(message, transfer = []) { return new Promise((resolve, reject) => { const id = ++ids; waiting.set(id, { resolve, reject }); worker.postMessage({ id, ...message }, transfer); }); }

async function draw() { // one picture at a time, so that the large one waits for one small one at most; after each, look again at what is wanted now
  version++; window.acgan.settled = false;
  if (busy || !window.acgan.ready) return;
  busy = true;
  try {
    for (;;) {
      let o = big.shown === big.want() ? undefined : big;
      if (!o) { // the next stale small one, round and round
        const rest = [...ends, ...swap, ...style];
        for (let i = 0; i < rest.length && !o; i++) { const at = (cursor + i) % rest.length; if (rest[at].shown !== rest[at].want()) { o = rest[at]; cursor = at + 1; } }
      }
      if (!o || !window.acgan.ready) break; // another model is being opened
      const key = o.want(), z = Float32Array.from(o.z()), c = o.c(), start = performance.now();
      const r = await ask({ n: 1, z, c }, [z.buffer, c.buffer]);
      paint(o.canvas, r.images, r.shape); o.shown = key;
      if (o === big) { times.push(performance.now() - start); if (times.length > 200) times.shift(); }
      await new Promise((next) => { const m = new MessageChannel(); m.port1.onmessage = next; m.port2.postMessage(0); }); // sliders speak in between
    }
    window.acgan.settled = window.acgan.ready; speed();
  } catch (e) { failed(`The generator stopped: ${e.message || e}`); } finally { busy = false; }
}
const median = (a) => [...a].sort((x, y) => x - y)[a.length >> 1];
function speed() { if (times.length > 4) $('speed').textContent = `From slider to picture: ${median(times).toFixed(0)} ms (median of ${times.length} frames).`; }

// ---- controls
const percent = (x) => `${Math.round(100 * x)} %`;
function words() { const { a, b, mix } = state, n = info.classes; return a === b || mix === 0 ? n[a] : mix === 1 ? n[b] : `${percent(1 - mix)} ${n[a]} + ${percent(mix)} ${n[b]}`; }
function set(change, quiet) {
  Object.assign(state, change);
  $('t').value = Math.round(100 * state.t); $('mix').value = Math.round(100 * state.mix);
  $('t-out').textContent = percent(state.t); $('mix-out').textContent = percent(state.mix);
  $('t').setAttribute('aria-valuetext', `${percent(state.t)} of the way`); $('mix').setAttribute('aria-valuetext', `${percent(state.mix)} class B`);
  $('a').value = state.a; $('b').value = state.b; $('seed').value = state.seed;
  document.querySelector(`input[name=mode][value=${state.mode}]`).checked = true;
  $('caption').textContent = words();
  $('main').setAttribute('aria-label', `Generated picture: ${words()}, ${percent(state.t)} of the way from start to end`);
  swap.forEach((o, k) => o.canvas.parentElement.setAttribute('aria-pressed', String(state.mix < 1 ? k === state.a && state.mix === 0 : k === state.b)));
  style.forEach((o, i) => { const button = o.canvas.parentElement; button.setAttribute('aria-pressed', String(i === state.start)); button.classList.toggle('is-end', i === state.end);
    button.setAttribute('aria-label', `Sample ${i + 1}${i === state.start ? ', start of the walk' : ''}${i === state.end ? ', end of the walk' : ''}`); });
  if (!quiet) draw();
  clearTimeout(set.link); set.link = setTimeout(remember, 400);
}
function remember() { // the address says what is shown, to bookmark or send
  const p = new URLSearchParams(Object.entries({ ...state, t: state.t.toFixed(2), mix: state.mix.toFixed(2) }));
  try { history.replaceState(null, '', '#' + p); } catch (e) { /* some browsers limit this */ }
}
function recall() { // state from #... or ?model=...
  const p = new URLSearchParams(location.hash.slice(1) || location.search), number = (k, low, high, d) => { const v = parseFloat(p.get(k)); return v >= low && v <= high ? v : d; }, K = info.classes.length;
  return { seed: Math.floor(number('seed', 0, 999999, 0)), start: Math.floor(number('start', 0, DRAWS - 1, 0)), end: Math.floor(number('end', 0, DRAWS - 1, 1)), a: Math.floor(number('a', 0, K - 1, 0)),
    b: Math.floor(number('b', 0, K - 1, Math.min(1, K - 1))), t: number('t', 0, 1, 0), mix: number('mix', 0, 1, 0), mode: p.get('mode') === 'spherical' ? 'spherical' : 'linear' };
}
function play(on) {
  cancelAnimationFrame(playing); playing = 0;
  $('play').setAttribute('aria-pressed', String(on)); $('play').textContent = on ? 'Stop' : 'Play the walk';
  if (!on) return;
  const began = performance.now(), from = state.t;
  const step = (now) => { const x = (from + (now - began) / 4000) % 2; set({ t: Math.round(100 * (x > 1 ? 2 - x : x)) / 100 }); playing = requestAnimationFrame(step); }; // there and back in 8 s
  playing = requestAnimationFrame(step);
}
function save() {
  const from = $('main'), scale = Math.max(1, Math.floor(512 / from.width)), canvas = document.createElement('canvas'), link = document.createElement('a');
  canvas.width = from.width * scale; canvas.height = from.height * scale;
  const context = canvas.getContext('2d'); context.imageSmoothingEnabled = false; context.drawImage(from, 0, 0, canvas.width, canvas.height);
  link.download = `${[state.model, words(), `z${state.seed}.${state.start}-${state.end}`, percent(state.t)].join('_').replace(/[^\w.+-]+/g, '-')}.png`;
  link.href = canvas.toDataURL('image/png'); link.click();
}
function wire() {
  $('t').addEventListener('input', () => { if (playing) play(false); set({ t: $('t').value / 100 }); });
  $('mix').addEventListener('input', () => set({ mix: $('mix').value / 100 }));
  for (const k of ['a', 'b']) $(k).addEventListener('change', () => set({ [k]: +$(k).value }));
  for (const o of document.querySelectorAll('input[name=mode]')) o.addEventListener('change', () => set({ mode: o.value }));
  $('seed').addEventListener('change', () => set({ seed: Math.min(999999, Math.max(0, Math.floor(+$('seed').value) || 0)), start: 0, end: 1 }));
  $('model').addEventListener('change', () => { play(false); open($('model').value); });
  $('play').addEventListener('click', () => play(!playing));
  $('surprise').addEventListener('click', () => { const K = info.classes.length, any = (n) => Math.floor(Math.random() * n), a = any(K); set({ seed: any(1e6), start: 0, end: 1, a, b: K > 1 ? (a + 1 + any(K - 1)) % K : a, t: 0 }); });
  $('save').addEventListener('click', save);
  document.addEventListener('keydown', (e) => { // arrows move inside a grid of buttons, as one expects of pictures
    const grid = e.target.closest && e.target.closest('.grid'), step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 'row', ArrowUp: '-row' }[e.key];
    if (!grid || !step) return;
    const all = [...grid.children], columns = getComputedStyle(grid).gridTemplateColumns.split(' ').length, to = all.indexOf(e.target) + (step === 'row' ? columns : step === '-row' ? -columns : step);
    e.preventDefault(); if (all[to]) all[to].focus();
  });
}
$('theme').addEventListener('click', () => {
  const root = document.documentElement, dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  try { localStorage.setItem('smalldocs-scheme', dark ? 'default' : 'alternate'); } catch (e) { /* not kept then */ }
});

// ---- loading
function failed(text) { play(false); window.acgan.failed = text; $('why').textContent = text; $('fallback').hidden = false; $('app').hidden = true; }
async function load(url, what, bytes) { // -> ArrayBuffer, with progress; `bytes`: its size, since a compressed answer does not tell
  const r = await fetch(url);
  if (!r.ok) throw new Error(`${what} could not be loaded (status ${r.status})`);
  if (!r.body || !bytes) return r.arrayBuffer();
  const parts = [], reader = r.body.getReader(); let got = 0;
  for (;;) { const { done, value } = await reader.read(); if (done) break; parts.push(value); got += value.length; $('status').textContent = `Loading ${what}: ${Math.min(100, Math.round(100 * got / bytes))} % of ${(bytes / 1e6).toFixed(1)} MB …`; }
  const all = new Uint8Array(got); let at = 0; for (const p of parts) { all.set(p, at); at += p.length; }
  return unpacked(all);
}
function unpacked(bytes) { // files are packed by gzip; some servers unpack them on the way
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.buffer;
  if (typeof DecompressionStream !== 'function') throw new Error('this browser cannot unpack gzip, which all since 2023 can');
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
}
let runtime = null, opening = 0;
async function open(name) {
  const me = ++opening, m = models.list.find((o) => o.name === name) || models.list[0];
  window.acgan.ready = false;
  try {
    if (!runtime) { // it is made ready while the model is on its way
      const wasm = await load('ort/ort-wasm-simd-threaded.wasm.gz', 'the runtime', models.runtime);
      runtime = ask({ warm: models.warm, wasm }, [wasm]);
      runtime.catch(() => {}); // told below
    }
    const file = await load(`models/${m.file}`, `the model ${m.name}`, m.bytes);
    if (me !== opening) return; // another model was chosen meanwhile
    $('status').textContent = 'Preparing the generator …';
    await runtime;
    await ask({ open: file, size: { z_dim: m.z_dim, n_classes: m.classes.length } }, [file]);
    if (me !== opening) return;
  } catch (e) { return failed(`The generator could not be started here: ${e.message || e}.`); }
  info = m; $('swap').replaceChildren(); $('style').replaceChildren();
  for (const k of ['a', 'b']) $(k).replaceChildren(...m.classes.map((n, i) => new Option(n, i)));
  items();
  $('model').value = m.name;
  $('about').textContent = `${m.size} × ${m.size} pixels, ${m.channels === 1 ? 'grey' : 'colour'}, ${m.classes.length} classes`;
  $('status').textContent = '';
  window.acgan.ready = true; times.length = 0;
  set({ ...(state.model ? { a: 0, b: Math.min(1, m.classes.length - 1), mix: 0 } : recall()), model: m.name });
}
async function begin() {
  if (typeof WebAssembly !== 'object') return failed('This browser has no WebAssembly, which the generator needs to run.');
  try {
    models = await (await fetch('models/models.json')).json();
    worker = new Worker('worker.js', { type: 'module' });
  } catch (e) { return failed(location.protocol === 'file:' ? 'Browsers do not let a page opened as a file load its parts. Serve the folder instead: python -m http.server --directory _docs' : `The page could not load its parts: ${e.message || e}.`); }
  worker.onmessage = ({ data }) => { const w = waiting.get(data.id); waiting.delete(data.id); if (data.error) w.reject(new Error(data.error)); else w.resolve(data); };
  worker.onerror = (e) => failed(`The generator could not be started here: ${e.message || 'this browser does not run module workers'}.`);
  $('model').replaceChildren(...models.list.map((m) => new Option(`${m.name} (${m.size} px)`, m.name)));
  wire();
  await open(new URLSearchParams(location.hash.slice(1)).get('model') || new URLSearchParams(location.search).get('model') || models.list[0].name);
}
begin();
