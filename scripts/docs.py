"""Builds the documentation site from the notebooks into _docs/, without Quarto: nbdev's own processing, then smalldocs. Works without network.

Notebooks that `make reproduce` has executed (build/) are shown with their outputs, the others without."""
import json, os, re, shutil, subprocess, sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
site, out = root/'build'/'site', root/'_docs'

def executed(): # notebook name -> the newest executed copy of it
    found = sorted((p for p in (root/'build').glob('[!.]*/*.ipynb') if re.match(r'\d\d_|index', p.name)), key=lambda p: p.stat().st_mtime)
    return {p.name: p for p in found}

def gather(): # a copy of the sources to work in: the processing writes files beside what it reads
    shutil.rmtree(site, ignore_errors=True)
    shutil.copytree(root/'nbs', site/'nbs', ignore=shutil.ignore_patterns('.ipynb_checkpoints', '_quarto.yml', 'sidebar.yml'))
    shutil.copytree(root/'acgan', site/'acgan', ignore=shutil.ignore_patterns('__pycache__'))
    for o in ('settings.ini', 'setup.py'): shutil.copy(root/o, site)
    for o in ('data', 'figures'): (site/o).symlink_to(root/o)
    done = executed()
    shown = [p for p in sorted((site/'nbs').glob('*.ipynb')) if p.name in done]
    for p in shown:
        nb = json.loads(done[p.name].read_text(encoding='utf8'))
        nb['cells'] = [c for c in nb['cells'] if 'injected-parameters' not in c['metadata'].get('tags', [])]
        p.write_text(json.dumps(nb), encoding='utf8')
    return shown

PROCESS = '''
import nbdev.doclinks
from nbdev.config import get_config
from nbdev.quarto import refresh_quarto_yml, nbdev_sidebar
from nbdev.serve import proc_nbs
cfg = get_config()
refresh_quarto_yml(); nbdev.doclinks._build_modidx(); nbdev_sidebar.__wrapped__(path=cfg.nbs_path)
print(proc_nbs(cfg.nbs_path, n_workers=0, force=True))
'''

def run(*command): # quiet when it works
    env = {**os.environ, 'PYTHONPATH': str(site), 'MPLBACKEND': 'agg'}
    r = subprocess.run(command, cwd=site, env=env, capture_output=True, text=True)
    if r.returncode: sys.exit(f'{(r.stdout + r.stderr)[-4000:]}\nThe documentation could not be built (the error is above); _docs/ is as it was.')
    return r.stdout

if __name__ == '__main__':
    print('Building the documentation ...', flush=True)
    shown = gather()
    cache = Path(run(sys.executable, '-c', PROCESS).strip().splitlines()[-1])
    pages = site/'pages'
    shutil.copytree(cache, pages, ignore=shutil.ignore_patterns('_docs'))
    run(str(Path(sys.executable).parent/'smalldocs'), 'render', str(pages))
    made = next(p for p in (pages/'_docs', site/'_docs') if p.is_dir())
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(made, out)
    n = len(list(out.rglob('*.html')))
    print(f'_docs/ holds {n} pages, {len(shown)} with results of `make reproduce`: open _docs/index.html.' if (out/'index.html').exists() else
          f'_docs/ holds {n} pages, {len(shown)} with results of `make reproduce`; there is no front page, since nbs/index.ipynb does not exist yet.')
    shutil.rmtree(site)
