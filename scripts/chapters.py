"""Runs chapters and the appendix by papermill and keeps their outputs in the notebooks themselves: `make chapters`.

python scripts/chapters.py                  all of them
python scripts/chapters.py 04 tour          those whose names begin so
python scripts/chapters.py --check          says which have no outputs, runs nothing"""
import argparse, base64, io, json, os, subprocess, sys, tempfile, time
from pathlib import Path
import numpy as np
from PIL import Image

root = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root))
nbs = root/'nbs'

def chapters(): # in reading order
    return [*sorted(nbs.glob('*.ipynb')), *sorted((nbs/'appendix').glob('*.ipynb'))]

def smaller(png): # base64, as notebooks keep it
    "The same picture in fewer bytes, where that can be."
    from acgan.images import figure_png # with torch, which --check does without
    im = Image.open(io.BytesIO(base64.b64decode(png)))
    if im.mode == 'RGBA' and im.getextrema()[3] != (255, 255): return png # transparent somewhere
    found = base64.b64encode(figure_png(np.asarray(im.convert('RGB')))).decode()
    return found if len(found) < len(png) else png

def shown(output):
    "An output without what differs from run to run, or what only a live page can show; None to leave it out."
    if output['output_type'] == 'stream': return None if output['name'] == 'stderr' else output
    data = output.get('data', {})
    if 'application/vnd.jupyter.widget-view+json' in data: return None # a progress bar
    if 'image/png' in data:
        output['data'] = {k: v for k, v in data.items() if k in ('image/png', 'text/plain')}
        output['data']['image/png'] = smaller(''.join(data['image/png']))
    if {'text/html', 'text/markdown'} & data.keys(): data.pop('text/plain', None) # says the same once more
    if 'execution_count' in output: output['execution_count'] = None
    output['metadata'] = {}
    return output

def keep(notebook, executed):
    "Copy the outputs of an executed copy into the notebook."
    nb = json.loads(notebook.read_text(encoding='utf8'))
    done = json.loads(Path(executed).read_text(encoding='utf8'))
    outputs = {''.join(c['source']): c['outputs'] for c in done['cells'] if c['cell_type'] == 'code'}
    for c in nb['cells']:
        if c['cell_type'] == 'code':
            c['outputs'] = [o for o in map(shown, outputs.get(''.join(c['source']), [])) if o]
    text = json.dumps(nb, indent=1, ensure_ascii=False, sort_keys=True) + '\n'
    part = notebook.with_name(f'.{notebook.name}.part')
    part.write_text(text, encoding='utf8')
    os.replace(part, notebook)

def run(notebook):
    "True when it ran to its end; else its outputs stay as they were."
    start = time.time()
    with tempfile.TemporaryDirectory() as d:
        out = Path(d)/notebook.name
        command = [sys.executable, 'scripts/run_notebook.py', str(notebook.relative_to(root)), str(out)]
        ok = subprocess.run(command, cwd=root, stdout=subprocess.DEVNULL).returncode == 0
        if ok: keep(notebook, out)
    said = 'ran' if ok else 'FAILED'
    print(
        f'{notebook.relative_to(nbs)} {said}: {time.time() - start:.0f} s,'
        f' {notebook.stat().st_size/2**20:.2f} MiB',
        flush=True,
    )
    return ok

def keep_claims(figures): # for other programs: all models in one table, and each by itself as chapter 09 does
    from acgan.replication.claims import claims_table, save_claims
    save_claims(claims_table(figures=figures), figures/'claims.json')
    for one in figures.glob('*/claims.json'): save_claims(claims_table([one.parent.name], figures), one)

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('names', nargs='*')
    p.add_argument('--check', action='store_true')
    args = p.parse_args()
    chosen = [c for c in chapters() if not args.names or c.name.startswith(tuple(args.names))]
    if args.check:
        empty = [
            c.name
            for c in chosen
            if not any(cell.get('outputs') for cell in json.loads(c.read_text())['cells'])
        ]
        sys.exit(f'without outputs: {", ".join(empty)}' if empty else 0)
    failed = [c.name for c in chosen if not run(c)]
    if not failed: subprocess.run(['nbdev_clean'], cwd=root, check=True)
    if 'claims.ipynb' in {c.name for c in chosen}.difference(failed): keep_claims(root/'figures')
    sys.exit(f'failed: {", ".join(failed)}' if failed else 0)

if __name__ == '__main__': main()
