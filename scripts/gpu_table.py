"""The GPU's table in one call, under ten minutes, with no more than torch, torchvision, numpy, safetensors, tqdm and matplotlib:

    python scripts/gpu_table.py                        # writes data/reference/gpu.json and gpu.md, or into $OUT or --out
    python scripts/gpu_table.py --device cpu --quick   # tiny, to see that it runs

Measured (acgan.replication.bench, in turns, medians): training at 32, 64 and 128 px from the plain eager fp32 step to recorded and compiled ones, with
operations per second over the matrix-product peak of the same run; K = 1, 4, 10 models at once and one after another; sampling; and from
the rate at 128 px the GPU-hours of the paper's ImageNet experiment. All runs in a second process: what crashes it, hangs or fails is reported,
and a new process goes on with the rest."""
import argparse, gc, json, os, queue, subprocess, sys, threading, time
from pathlib import Path

root = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root))
COMPILED = 'bf16, compiled, graph'

def plan(cuda, quick): # jobs, the most wanted first; `limit`: seconds after which one is given up
    few = (
        dict(rounds=1, seconds=0.02)
        if quick
        else dict(rounds=5, seconds=0.5) if cuda else dict(rounds=3, seconds=1.0)
    )
    small = dict(width=.125, batch_size=4) if quick else {}
    def train(size, **o): return dict(kind='training', limit=120, size=size, **few, **small, **o)
    jobs = [dict(kind='peaks', limit=90, seconds=.02 if quick else .4)]
    jobs += [train(size) for size in ((32,) if quick else (32, 128, 64))]
    jobs += [
        dict(kind='models', limit=90, K=K, **few, **(small or dict(batch_size=100 if cuda else 20)))
        for K in ((2,) if quick else (10, 1, 4))
    ]
    jobs += [
        dict(kind='sampling', limit=60, size=size, **few, **(dict(batch_size=4) if quick else {}))
        for size in ((32,) if quick else (32, 64, 128))
    ]
    return jobs + [train(size, rungs=[COMPILED]) | dict(limit=150) for size in (32, 128, 64) if cuda]

# ---- the second process

def work(device, jobs):
    "Do jobs and report each in a line; ends early when the GPU may be in a bad state."
    import torch
    from acgan.replication import bench
    from acgan.files import pick_device
    d = pick_device(device)
    for job in jobs:
        print('@start', flush=True)
        o = {k: v for k, v in job.items() if k not in ('kind', 'limit')}
        if job['kind'] == 'training' and 'rungs' not in o:
            o['rungs'] = [k for k in bench.rungs_of(d) if k != COMPILED]
        do = dict(
            peaks=lambda: bench.peaks(d, **o),
            training=lambda: bench.bench_training(device=device, **o),
            models=lambda: bench.bench_models(device=device, **o),
            sampling=lambda: bench.bench_sampling(device=device, **o),
        )[job['kind']]
        try: r = do()
        except Exception as e: r = dict(error=f'{type(e).__name__}: {(str(e).splitlines() or [""])[0]}')
        print('@done ' + json.dumps(r), flush=True)
        if 'error' in r or r.get('failed'): sys.exit(3)
        gc.collect()
        if d.type == 'cuda': torch.cuda.empty_cache()

# ---- the first process

class Worker:
    "A process that does jobs; `next` waits for what it reports."
    def __init__(self, device, jobs, log):
        env = {**os.environ, 'PYTHONUNBUFFERED': '1'}
        self.p = subprocess.Popen(
            [sys.executable, __file__, '--device', device, '--jobs', json.dumps(jobs)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=env,
        )
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()
    def read(self):
        for line in self.p.stdout: self.lines.put(line)
        self.lines.put(None)
    def next(self, end): # ('@start' or '@done', rest); None: it has ended; TimeoutError
        while True:
            try: line = self.lines.get(timeout=max(.01, end - time.time()))
            except queue.Empty: raise TimeoutError from None
            if line is None: return None
            if line.startswith('@'): return (line.strip() + ' ').split(' ', 1)
    def end(self):
        if self.p.poll() is None: self.p.kill()
        self.p.wait()

def run_all(device, jobs, end, log): # (job, result) of each; a result is what bench gave or dict(error=...)
    "All jobs, each tried once, and a training's failed steps once more in a process of their own."
    out, left = [], list(jobs)
    while left:
        if time.time() > end - .5: out += [(j, dict(error='no time left')) for j in left]; break
        worker = Worker(device, left, log)
        while left:
            job, started = left[0], time.time()
            limit = min(end, started + job['limit'])
            try:
                said = worker.next(limit)
                if said and said[0] == '@start': said = worker.next(limit)
                r = json.loads(said[1]) if said else dict(error='the process ended')
            except TimeoutError: said, r = None, dict(error=f'given up after {time.time() - started:.0f} s')
            left.pop(0)
            # the process has ended, or is not to be trusted any more
            bad = not said or 'error' in r or bool(r.get('failed'))
            again = (
                list(r.get('failed', {}))
                if job['kind'] == 'training' and len(job.get('rungs', '  ')) > 1
                else []
            )
            left[:0] = [job | dict(rungs=[k]) for k in again if 'product' not in k]
            for k in again: del r['failed'][k]
            out.append((job, r))
            print(
                f'{time.time() - started:5.0f} s  {name(job)}:'
                f' {r.get("error") or failures(r) or "measured"}',
                flush=True,
            )
            if bad: break
        worker.end()
    return out

def failures(result): # of a job, in one line; empty where there were none
    return '; '.join(f'{k} failed: {v}' for k, v in result.get('failed', {}).items())

def name(job):
    return ' '.join(
        str(o)
        for o in (
            job['kind'],
            job.get('size', ''),
            f'K={job["K"]}' if 'K' in job else '',
            *job.get('rungs', []),
        )
        if o
    )

def merged(done): # results -> what acgan.replication.bench.tables takes, with `failed` and `imagenet`
    r = dict(peak=None, training=[], models=[], sampling=[], failed={})
    for job, got in done:
        if 'error' in got: r['failed'][name(job)] = got['error']; continue
        if job['kind'] == 'peaks': r['peak'] = got; continue
        same = next(
            (t for t in r['training'] if job['kind'] == 'training' and t['size'] == got['size']), None
        )
        if same is None: r[job['kind']].append(got); continue
        for k in ('images_per_second', 'rounds', 'failed', 'memory', 'flop_per_second', 'share_of_peak'):
            same.setdefault(k, {}).update(got.get(k, {}))
    for t in r['training']:
        plain = t['images_per_second'].get('plain eager fp32')
        t['ratio'] = {k: v/plain for k, v in t['images_per_second'].items()} if plain else {}
        if r['peak']: t['floor']['bandwidth'] = r['peak']['bandwidth']/t['floor']['bytes']
        r['failed'].update({f'{k} at {t["size"]} px': v for k, v in t['failed'].items()})
        best = max((v for k, v in t['images_per_second'].items() if 'plain' not in k), default=None)
        if t['size'] == 128 and best: r['imagenet'] = dict(rate=best, gpu_hours=100*50_000*100/best/3600)
    for key in ('training', 'sampling'): r[key].sort(key=lambda o: o['size'])
    r['models'].sort(key=lambda o: o['K'])
    return r

def report(r, seconds): # Markdown
    from acgan.replication import bench
    lines = [
        f'# {r["device"]}, torch {r["torch"]}',
        f'Measured in {seconds:.0f} s by `python scripts/gpu_table.py`; medians of interleaved rounds.'
        + (' Tiny networks: these numbers mean nothing.' if r['quick'] else ''),
    ]
    if p := r['peak']:
        lines.append(
            'Peaks in this run: '
            + ', '.join(f'{k} {bench.tera(v)}FLOP/s' for k, v in p.items() if k != 'bandwidth')
            + f'; copy {p["bandwidth"]/1e9:,.0f} GB/s.'
        )
    for head, table in bench.tables(r).items(): lines += [f'## {head}', table._repr_markdown_()]
    if i := r.get('imagenet'):
        lines.append(
            'The paper\'s ImageNet experiment (100 models of 50,000 iterations of 100 images at 128 px) at'
            f' {i["rate"]:,.0f} images/s: {i["gpu_hours"]:,.1f} hours of this device.'
        )
    lines += (
        ['## failed', *(f'- {k}: {v}' for k, v in r['failed'].items())]
        if r['failed']
        else ['Nothing failed.']
    )
    return '\n\n'.join(lines) + '\n'

def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('--device', default='auto', help='auto, cpu, cuda')
    a.add_argument('--quick', action='store_true', help='tiny networks, to see that it runs')
    a.add_argument('--minutes', type=float, default=9., help='stop measuring after so many')
    a.add_argument(
        '--out',
        type=Path,
        default=None,
        help=(
            'folder; default $OUT, else data/reference on a GPU, build/bench on a CPU, build/quick with'
            ' --quick'
        ),
    )
    a.add_argument('--jobs', help=argparse.SUPPRESS)
    a = a.parse_args()
    if a.jobs: return work(a.device, json.loads(a.jobs))
    import torch
    from acgan.replication.bench import where
    from acgan.files import pick_device, write_json
    start, d = time.time(), pick_device(a.device)
    out = a.out or (
        Path(os.environ['OUT'])
        if os.environ.get('OUT')
        else root / ('build/quick' if a.quick else 'data/reference' if d.type == 'cuda' else 'build/bench')
    )
    out.mkdir(parents=True, exist_ok=True)
    print(f'{where(d)}, torch {torch.__version__}; results go to {out}', flush=True)
    with open(out / 'gpu_table.log', 'w') as log:
        r = merged(run_all(a.device, plan(d.type == 'cuda', a.quick), start + 60 * a.minutes, log))
    r = dict(device=where(d), torch=torch.__version__, quick=a.quick, **r)
    text = report(r, time.time() - start)
    stem = 'gpu' if d.type == 'cuda' else 'cpu'
    write_json(out/f'{stem}.json', r)
    (out/f'{stem}.md').write_text(text, encoding='utf8')
    print(f'\n{text}\nWritten to {out/stem}.json and .md')

if __name__ == '__main__':
    try: main()
    except (ValueError, OSError) as e: sys.exit(f'gpu_table: {e}')
