// Runs G away from the page, so that sliders never wait for it. In: {warm, wasm}, {open} or {z, c, n}; out: {ready}, {images, ms} or {error}.
import * as ort from './ort/ort.wasm.bundle.min.mjs';

ort.env.wasm.numThreads = 1; // more would need headers that simple file servers do not send
let session = null, size = null; // size: {z_dim, n_classes}

async function warm(m) { // the runtime starts with its first model, so it gets one that does nothing
  ort.env.wasm.wasmBinary = m.wasm;
  const nothing = await ort.InferenceSession.create(Uint8Array.from(atob(m.warm), (c) => c.charCodeAt(0)), { executionProviders: ['wasm'] });
  await nothing.release();
  return { ready: true };
}

async function open(m) {
  if (session) await session.release();
  session = await ort.InferenceSession.create(new Uint8Array(m.open), { executionProviders: ['wasm'] });
  size = m.size;
  await draw({ n: 1, z: new Float32Array(size.z_dim), c: new Float32Array(size.n_classes) }); // the first run allocates
  return { ready: true };
}

async function draw(m) { // n images: z (n, z_dim) and class vectors c (n, K) -> pixels (n, C, H, W) in [-1, 1]
  const start = performance.now();
  const out = await session.run({ z: new ort.Tensor('float32', m.z, [m.n, size.z_dim]), c: new ort.Tensor('float32', m.c, [m.n, size.n_classes]) });
  const images = new Float32Array(out.images.data); // a copy: the memory below belongs to the session
  return { images, shape: out.images.dims, ms: performance.now() - start };
}

let last = Promise.resolve();
onmessage = ({ data }) => {
  last = last.then(() => (data.warm ? warm(data) : data.open ? open(data) : draw(data)))
    .then((r) => postMessage({ id: data.id, ...r }, r.images ? [r.images.buffer] : []), (e) => postMessage({ id: data.id, error: String((e && e.message) || e) }));
};
