"""The house is in order: package in step with the notebooks, notebooks clean, nothing large or private in the repository."""
import ast, importlib.util, json, os, re, shutil, subprocess, sys
from pathlib import Path
import pytest
from repository import files_of_the_repository

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted(p for p in (ROOT/'nbs').rglob('*.ipynb') if not any(o.startswith(('_', '.')) for o in p.relative_to(ROOT).parts))
MODULES = sorted(p for p in (ROOT/'acgan').rglob('*.py') if not p.name.startswith('_'))
ALLOWED = {'acgan', 'torch', 'torchvision', 'numpy', 'safetensors', 'tqdm', 'matplotlib', 'PIL'} # what a module may import at its top, besides Python's own library
def label_in(folder, path): return path.relative_to(folder).as_posix()
def label(path): return label_in(ROOT, path)

@pytest.fixture(scope='module')
def copy(tmp_path_factory): # the sources in a folder of their own, where nbdev may write
    folder = tmp_path_factory.mktemp('house')
    for o in ('nbs', 'acgan'): shutil.copytree(ROOT/o, folder/o, ignore=shutil.ignore_patterns('__pycache__', '.ipynb_checkpoints'))
    for o in ('settings.ini', 'setup.py'): shutil.copy(ROOT/o, folder)
    return folder

def nbdev(folder, code):
    r = subprocess.run([sys.executable, '-c', code], cwd=folder, capture_output=True, text=True, timeout=300)
    assert r.returncode == 0, r.stdout + r.stderr

def test_package_is_in_step_with_the_notebooks(copy):
    before = {label_in(copy, p): p.read_text() for p in (copy/'acgan').rglob('*.py')}
    nbdev(copy, 'from nbdev.export import nb_export; from nbdev.doclinks import nbdev_export; nbdev_export()')
    after = {label_in(copy, p): p.read_text() for p in (copy/'acgan').rglob('*.py')}
    stale = sorted(o for o in before.keys() | after.keys() if before.get(o) != after.get(o))
    assert not stale, f'acgan/ and nbs/ differ in {", ".join(stale)}: edit the notebooks and run nbdev_export.'

def test_every_module_comes_from_a_notebook():
    made = {m[1] for p in NOTEBOOKS for c in json.loads(p.read_text())['cells'] if (m := re.search(r'^#\|\s*default_exp\s+([\w.]+)', ''.join(c['source']), re.M))}
    assert {'.'.join(p.relative_to(ROOT/'acgan').with_suffix('').parts) for p in MODULES} == made

def test_notebooks_are_clean(copy):
    before = {p: p.read_text() for p in (copy/'nbs').rglob('*.ipynb')}
    nbdev(copy, 'from nbdev.clean import nbdev_clean; nbdev_clean()')
    dirty = [p.relative_to(copy).as_posix() for p, o in before.items() if p.read_text() != o]
    assert not dirty, f'Run nbdev_clean: {", ".join(sorted(dirty))}'

@pytest.mark.parametrize('notebook', [p for p in NOTEBOOKS if p.parent.name == 'nbs' and re.match(r'0[3-9]_', p.name)], ids=label)
def test_section_takes_its_model_as_a_parameter(notebook, copy):
    cleaned = json.loads((copy/notebook.relative_to(ROOT)).read_text()) # after nbdev_clean, which strips tags unless told not to
    tagged = [''.join(c['source']) for c in cleaned['cells'] if 'parameters' in c['metadata'].get('tags', [])]
    assert len(tagged) == 1, 'exactly one cell carries the tag `parameters`'
    for name in ('model', 'device'): assert re.search(rf'^{name}\s*(:[^=]+)?=', tagged[0], re.M), f'the parameters cell sets {name}'

CHAPTERS = [p for p in NOTEBOOKS if p.parent.name == 'nbs' and p.name != 'index.ipynb']
def code_cells(notebook): return [''.join(c['source']) for c in json.loads(notebook.read_text())['cells'] if c['cell_type'] == 'code']
def lines_of(text): return [o for o in text.splitlines() if o.strip()]

@pytest.mark.parametrize('notebook', NOTEBOOKS, ids=label)
def test_imports_stand_alone(notebook):
    for i, text in enumerate(code_cells(notebook)):
        try: body = ast.parse(re.sub(r'^\s*[%!].*$', '', text, flags=re.M)).body
        except SyntaxError: continue # shell magic inside code
        kinds = {isinstance(o, (ast.Import, ast.ImportFrom)) for o in body}
        assert len(kinds) < 2, f'code cell {i} mixes imports with other code, which breaks the docs build'

def test_cells_are_short():
    "At most 18 lines in a chapter that exports nothing. Of the library's cells, those over 40 lines may only become fewer."
    long = [(label(p), i) for p in CHAPTERS if not any('#| export' in t for t in code_cells(p))
            for i, t in enumerate(code_cells(p)) if len(lines_of(t)) > 18]
    assert not long, long
    library = [label(p) for p in NOTEBOOKS for t in code_cells(p) if len(lines_of(t)) > 40]
    assert len(library) <= 66, f'{len(library)} cells have more than 40 lines: cut the new ones in two'

def test_files_are_compared_at_once():
    "`test_eq` walks through bytes one by one and writes them out: half a minute for a file of weights."
    slow = [label(p) for p in NOTEBOOKS for t in code_cells(p) if re.search(r'test_eq\(.*\.read_bytes\(\)', t)]
    assert not slow, f'{slow}: say `assert a.read_bytes() == b.read_bytes()`'

def test_lines_are_narrow():
    "At most 110 columns; text in triple quotes (HTML, cards) and the lists that nbdev writes are tables of their own kind."
    wide = []
    for path in [*MODULES, *sorted((ROOT/'scripts').glob('*.py'))]:
        text = path.read_text()
        inside = {n for o in ast.walk(ast.parse(text)) if isinstance(o, (ast.Constant, ast.JoinedStr)) and o.end_lineno > o.lineno
                  for n in range(o.lineno, o.end_lineno + 1)}
        listed = text.find('__all__'), text.find(']', text.find('__all__'))
        wide += [f'{label(path)}:{i}' for i, line in enumerate(text.splitlines(), 1) if len(line) > 110 and i not in inside
                 and not line.startswith(('# %%', '"""')) and not listed[0] <= text.find(line) <= listed[1]]
    assert len(wide) <= WIDE, f'{len(wide)} lines over 110 columns: {wide[:20]}'

WIDE = 0

@pytest.mark.parametrize('notebook', CHAPTERS, ids=label)
def test_chapter_shows_a_picture_and_ends_with_exercises(notebook):
    nb = json.loads(notebook.read_text())
    text = '\n'.join(''.join(c['source']) for c in nb['cells'] if c['cell_type'] == 'markdown')
    pictures = [o for c in nb['cells'] if c['cell_type'] == 'code' for o in c['outputs'] if 'image/png' in o.get('data', {})]
    assert pictures or '![' in str([c.get('outputs') for c in nb['cells']]), 'no picture: run `make chapters`'
    assert '## What you have learnt' in text
    assert re.search(r'## Exercises\n\n1\. .*\n2\. .*\n3\. ', text), 'three exercises'
    assert notebook.stem == 'tour' or 'Deviations from the paper' in text

def test_executed_chapters_are_small():
    size = sum(p.stat().st_size for p in NOTEBOOKS if p.parent.name in ('nbs', 'appendix'))
    assert size < 10*2**20, f'{size/2**20:.1f} MiB'

def test_front_page_is_short():
    text = (ROOT/'README.md').read_text()
    lines, words = text.splitlines(), [o for o in text.split() if re.search(r'\w', o)]
    assert len(lines) <= 150 and len(words) <= 1000, f'{len(lines)} lines, {len(words)} words'
    assert next(i for i, o in enumerate(lines) if o.startswith('```')) < 19, 'a command before line 20'
    assert 'arxiv.org/abs/1610.09585' in text and text.count('@inproceedings') == 1 and '@software' in text
    for command in ('make reproduce', 'make test'): assert command in text

def imports_of(module, top_only=True):
    "Names of the modules that a module imports; of the package's own as 'acgan.x.y'."
    tree = ast.parse(module.read_text())
    package = ('acgan', *module.relative_to(ROOT/'acgan').parent.parts)
    for node in tree.body if top_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (o.name for o in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[:len(package) - node.level + 1] if node.level else ()
            name = '.'.join([*base, *(node.module or '').split('.')]).strip('.')
            names = [f'{name}.{o.name}' for o in node.names]
            yield from (o if o in OURS else name for o in names)

OURS = {'.'.join(p.relative_to(ROOT).with_suffix('').parts) for p in MODULES}

@pytest.mark.parametrize('module', MODULES, ids=label)
def test_module_imports_little_at_its_top(module):
    for name in imports_of(module):
        first = name.split('.')[0]
        assert first in ALLOWED or first in sys.stdlib_module_names, f'{module.name} imports {name} at its top'
        slow = first == 'torchvision' and module.stem != 'inception'
        assert not slow, f'{module.name} imports torchvision at its top, which takes as long as torch itself'

def test_modules_import_each_other_in_no_circle():
    graph = {'.'.join(p.relative_to(ROOT).with_suffix('').parts): set(imports_of(p)) & OURS for p in MODULES}
    done = set()
    while ready := {m for m, needs in graph.items() if m not in done and needs <= done}:
        done |= ready
    assert done == set(graph), f'in a circle, or behind one: {sorted(set(graph) - done)}'

def test_only_the_command_line_imports_the_studies():
    for module in MODULES:
        name = '.'.join(module.relative_to(ROOT).with_suffix('').parts)
        if name == 'acgan.cli' or name.startswith('acgan.replication.'): continue
        found = [o for o in imports_of(module, top_only=False) if o.startswith('acgan.replication')]
        assert not found, f'{name} imports {found}: acgan.replication is for the command line and for notebooks'

def test_metrics_load_no_matplotlib_and_settings_no_torch():
    code = 'import sys, pkgutil, importlib, acgan.metrics as m; [importlib.import_module(f"acgan.metrics.{o.name}") for o in pkgutil.iter_modules(m.__path__)]; assert "matplotlib" not in sys.modules'
    for c in (code, 'import sys, acgan.config; assert "torch" not in sys.modules'):
        r = subprocess.run([sys.executable, '-c', c], cwd=ROOT, capture_output=True, text=True)
        assert r.returncode == 0, r.stderr

def test_every_module_and_public_name_is_reachable():
    import acgan
    for name in OURS:
        found = acgan
        for part in name.split('.')[1:]: found = getattr(found, part)
        assert found.__name__ == name
    packages = [acgan, *(getattr(acgan, o) for o in ('data', 'training', 'judges', 'metrics', 'report', 'explore', 'replication'))]
    for package in packages:
        for name in package._NAMES: assert getattr(package, name) is not None, f'{package.__name__}.{name}'
    assert callable(acgan.load) and isinstance(acgan.AcGan, type)

def test_repository_is_small():
    sizes = {p: p.stat().st_size for p in files_of_the_repository()}
    large = [f'{label(p)} ({s/2**20:.1f} MiB)' for p, s in sizes.items() if s > 16*2**20]
    assert not large, f'over 16 MiB: {", ".join(large)}'
    assert sum(sizes.values()) < 48*2**20, f'{sum(sizes.values())/2**20:.1f} MiB in all'

def test_no_paths_of_one_machine():
    pattern = re.compile(rb'(?<![\w.:/-])/(?:' + b'|'.join([b'work', b'root', b'home']) + rb')/[\w.]')
    found = [f'{label(p)}: {m[0].decode()}' for p in files_of_the_repository() if p.suffix not in ('.safetensors', '.png', '.npz', '.pt', '.onnx', '.jpg')
             and (m := pattern.search(p.read_bytes()))]
    assert not found, found

def test_paper_numbers_are_complete():
    paper = json.loads((ROOT/'data'/'paper.json').read_text())
    assert [o['id'] for o in paper['numbers']] == [f'P{i}' for i in range(1, 26)]
    assert {o['mark'] for o in paper['numbers']} <= {'two sources', 'one source', 'read off the figure', 'recalled'}
    rows = {o['id']: o for o in paper['numbers']}
    assert rows['P6']['value'] == {str(k): round(100*v) for k, v in list(zip(paper['figures']['accuracy_by_resolution']['sizes'], paper['figures']['accuracy_by_resolution']['real']))[1:]}
    for table in paper['hyperparameters'].values(): assert [o['maps'] for o in table['layers'] if o['network'] == 'D'] == [16, 32, 64, 128, 256, 512, 11]

def test_readme_is_made_from_the_front_page():
    r = subprocess.run([sys.executable, str(ROOT/'scripts'/'readme.py'), '--check'])
    assert r.returncode == 0, 'README.md is out of step with nbs/index.ipynb: run make readme'

def test_the_claims_kept_for_programs_are_those_of_the_figures(): # they once told of judges long gone
    from acgan.replication.claims import claims_table
    def said(rows): return [[r[k] for k in ('id', 'model', 'paper', 'ours', 'verdict', 'why', 'n', 'judge')] for r in rows]
    for kept in (ROOT/'figures').rglob('claims.json'):
        models = None if kept.parent.name == 'figures' else [kept.parent.name]
        fresh = said(claims_table(models, ROOT/'figures'))
        assert said(json.loads(kept.read_text())['rows']) == fresh, f'{label(kept)}: make chapters ARGS=claims writes it anew'

def results_in(o): # every measurement somewhere inside
    if isinstance(o, dict) and 'measure' in o: yield o
    for v in o.values() if isinstance(o, dict) else o if isinstance(o, list) else (): yield from results_in(v)

def test_figures_are_of_the_weights_that_are_shipped():
    from acgan.files import sha256
    hashes = {p.parent.name: sha256(p)[:12] for p in (ROOT/'data'/'pretrained').glob('*/generator.safetensors')}
    found = [(label(p), r['model'], r['weights']) for p in (ROOT/'figures').rglob('*.json') for r in results_in(json.loads(p.read_text()))
             if r.get('weights') and r.get('model') in hashes]
    assert len(found) > 20 and not [f for f in found if f[2] != hashes[f[1]]]
