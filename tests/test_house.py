"""The house is in order: package in step with the notebooks, notebooks clean, rooms small, nothing large or private in the repository."""
import ast, importlib.util, json, os, re, shutil, subprocess, sys
from pathlib import Path
import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted(p for p in (ROOT/'nbs').rglob('*.ipynb') if not any(o.startswith(('_', '.')) for o in p.relative_to(ROOT).parts))
ROOMS = sorted(p for p in (ROOT/'acgan').glob('*.py') if p.name not in ('__init__.py', '_modidx.py'))
ALLOWED = {'acgan', 'torch', 'torchvision', 'numpy', 'safetensors', 'tqdm', 'matplotlib', 'PIL'} # what a room may import at its top, besides Python's own library
label = lambda p: p.relative_to(ROOT).as_posix()

def files_of_the_repository(): # tracked, and new ones that would be
    r = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard', '-z'], cwd=ROOT, capture_output=True, text=True)
    if r.returncode: pytest.skip('this copy of the project is no git repository')
    return [p for o in r.stdout.split('\0') if o and (p := ROOT/o).is_file()]

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
    before = {p.name: p.read_text() for p in (copy/'acgan').glob('*.py')}
    nbdev(copy, 'from nbdev.export import nb_export; from nbdev.doclinks import nbdev_export; nbdev_export()')
    after = {p.name: p.read_text() for p in (copy/'acgan').glob('*.py')}
    stale = sorted(o for o in before.keys() | after.keys() if before.get(o) != after.get(o))
    assert not stale, f'acgan/ and nbs/ differ in {", ".join(stale)}: edit the notebooks and run nbdev_export.'

def test_every_room_comes_from_a_notebook():
    made = {m[1] for p in NOTEBOOKS for c in json.loads(p.read_text())['cells'] if (m := re.search(r'^#\|\s*default_exp\s+(\w+)', ''.join(c['source']), re.M))}
    assert {p.stem for p in ROOMS} == made

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

@pytest.mark.parametrize('notebook', NOTEBOOKS, ids=label)
def test_cells_are_short_and_imports_stand_alone(notebook):
    for i, c in enumerate(json.loads(notebook.read_text())['cells']):
        if c['cell_type'] != 'code': continue
        text = ''.join(c['source'])
        lines = [o for o in text.splitlines() if o.strip()]
        assert len(lines) <= 40, f'cell {i} has {len(lines)} lines: cut it in two'
        try: body = ast.parse(re.sub(r'^\s*[%!].*$', '', text, flags=re.M)).body
        except SyntaxError: continue # shell magic inside code
        kinds = {isinstance(o, (ast.Import, ast.ImportFrom)) for o in body}
        assert len(kinds) < 2 or 'nbdev_export' in text, f'cell {i} mixes imports with other code, which breaks the docs build: {lines[0]}'

@pytest.mark.parametrize('room', ROOMS, ids=label)
def test_room_is_small_and_imports_little(room):
    text = room.read_text()
    lines = [o for o in text.splitlines() if o.strip()]
    assert len(lines) <= 320, f'{room.name} has {len(lines)} lines: split it'
    for node in ast.parse(text).body: # the top only: what is seldom needed is imported inside functions
        names = [o.name for o in node.names] if isinstance(node, ast.Import) else ['acgan' if node.level else node.module] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            first = name.split('.')[0]
            assert first in ALLOWED or first in sys.stdlib_module_names, f'{room.name} imports {name} at its top'
            assert first != 'torchvision' or room.stem == 'inception', f'{room.name} imports torchvision at its top, which takes as long as torch itself'

def test_rooms_promised_by_the_package_exist():
    import acgan
    missing = [o for o in acgan._ROOMS if importlib.util.find_spec(f'acgan.{o}') is None]
    assert not missing, f'acgan/__init__.py names rooms that do not exist: {", ".join(missing)}'
    for o in acgan._ROOMS: getattr(acgan, o)
    assert callable(acgan.load) and isinstance(acgan.AcGan, type)

def test_repository_is_small():
    sizes = {p: p.stat().st_size for p in files_of_the_repository()}
    large = [f'{label(p)} ({s/2**20:.1f} MiB)' for p, s in sizes.items() if s > 16*2**20]
    assert not large, f'over 16 MiB: {", ".join(large)}'
    assert sum(sizes.values()) < 40*2**20, f'{sum(sizes.values())/2**20:.1f} MiB in all'

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
    "Prose of nbs/index.ipynb, word for word and in order; its tables and numbers are results, made by `make reproduce` and `make readme`."
    spec = importlib.util.spec_from_file_location('readme', ROOT/'scripts'/'readme.py')
    module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module)
    text, at = (ROOT/'README.md').read_text(), 0
    for c in json.loads((ROOT/'nbs'/'index.ipynb').read_text())['cells']:
        if c['cell_type'] != 'markdown': continue
        at = text.find(module.cell(c), at)
        assert at >= 0, f'README.md is out of step with nbs/index.ipynb at {module.cell(c)[:60]!r}: run make reproduce, then make readme'
