"""The pipeline on a toy project: the real Snakefile and runner, two notebooks that take a second each, a model that is three small files."""
import json, os, shutil, subprocess, sys, time
from pathlib import Path
import pytest

ROOT = Path(__file__).resolve().parent.parent

SECTION = '''from pathlib import Path
import os
folder = Path('../figures')/Path(model).name
folder.mkdir(parents=True, exist_ok=True)
(folder/'NAME.json').write_text('1')
with open(os.environ['ACGAN_FIGURE_LIST'], 'a') as f: f.write(f'{(folder/"NAME.json").resolve()}\\n')
print('drawn for', model)'''
TRAINER = '''import json, sys
from pathlib import Path
def main(): # like `acgan train` that is stopped after 3 steps each time
    out, steps = Path(sys.argv[sys.argv.index('--out')+1]), int(sys.argv[sys.argv.index('--steps')+1])
    out.mkdir(parents=True, exist_ok=True)
    before = json.loads((out/'config.json').read_text())['step'] if (out/'config.json').exists() else 0
    (out/'config.json').write_text(json.dumps(dict(step=min(steps, before+3), config=dict(steps=steps), argv=sys.argv[1:])))
    for name in ('generator.safetensors', 'discriminator.safetensors'): (out/name).write_text('')'''

def write_notebook(path, *cells): # a cell: source, or (source, tags)
    cells = [(o, []) if isinstance(o, str) else o for o in cells]
    nb = dict(nbformat=4, nbformat_minor=5, metadata=dict(kernelspec=dict(display_name='python3', language='python', name='python3')), cells=[
        dict(cell_type='code', id=f'c{i}', metadata=dict(tags=tags) if tags else {}, execution_count=None, outputs=[], source=source) for i, (source, tags) in enumerate(cells)])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(nb))

PARAMETERS = ("model = 'none'\ndevice = 'auto'", ['parameters'])

@pytest.fixture
def toy(tmp_path):
    shutil.copy(ROOT/'Snakefile', tmp_path)
    shutil.copytree(ROOT/'scripts', tmp_path/'scripts', ignore=shutil.ignore_patterns('__pycache__'))
    (tmp_path/'acgan').mkdir(); (tmp_path/'acgan'/'__init__.py').write_text(''); (tmp_path/'acgan'/'cli.py').write_text(TRAINER)
    (tmp_path/'acgan'/'data').mkdir(); (tmp_path/'acgan'/'data'/'__init__.py').write_text('')
    shutil.copy(ROOT/'acgan'/'data'/'sources.py', tmp_path/'acgan'/'data')
    (tmp_path/'acgan'/'__main__.py').write_text('from acgan.cli import main; main()')
    shipped = tmp_path/'data'/'pretrained'/'toy'; shipped.mkdir(parents=True)
    for name in ('config.json', 'generator.safetensors', 'discriminator.safetensors'): (shipped/name).write_text('{}')
    write_notebook(tmp_path/'nbs'/'03_first.ipynb', PARAMETERS, SECTION.replace('NAME', 'first'), '#| eval: false\n1/0')
    return tmp_path

def reproduce(folder, *config, ok=True):
    command = [sys.executable, '-m', 'snakemake', '--cores', '2', '--quiet', 'host', 'progress', 'reason', 'rules', '--rerun-incomplete', '--keep-going', '--nocolor']
    r = subprocess.run(command + (['--config', *config] if config else []), cwd=folder, capture_output=True, text=True, timeout=300,
                       env={**os.environ, 'PYTHONPATH': str(folder), 'OMP_NUM_THREADS': '1'})
    text = r.stdout + r.stderr
    assert (r.returncode == 0) == ok, text
    return text

def test_runs_what_is_stale_and_nothing_else(toy):
    out, figure = toy/'build'/'toy'/'03_first.ipynb', toy/'figures'/'toy'/'first.json'
    reproduce(toy)
    assert 'drawn for toy' in out.read_text() and figure.exists()
    assert (toy/'build'/'toy'/'03_first.figures.txt').read_text() == 'figures/toy/first.json\n'
    when = out.stat().st_mtime_ns
    assert 'Nothing to be done' in reproduce(toy)
    assert out.stat().st_mtime_ns == when
    figure.unlink() # a deleted figure is drawn again
    reproduce(toy)
    assert figure.exists() and out.stat().st_mtime_ns > when
    when = out.stat().st_mtime_ns
    time.sleep(.05)
    (toy/'acgan'/'__init__.py').write_text('x = 1') # so is one whose code changed
    reproduce(toy)
    assert out.stat().st_mtime_ns > when
    assert 'Nothing to be done' in reproduce(toy)

def test_a_failure_names_the_cell_and_keeps_everything(toy):
    reproduce(toy)
    figure, good = toy/'figures'/'toy'/'first.json', toy/'nbs'/'03_first.ipynb'
    saved = good.read_text()
    write_notebook(good, PARAMETERS, 'a = 1', "raise ValueError('too few images')")
    write_notebook(toy/'nbs'/'04_second.ipynb', PARAMETERS, SECTION.replace('NAME', 'second'))
    text = reproduce(toy, ok=False)
    failed = toy/'build'/'toy'/'failed'/'03_first.ipynb'
    assert 'nbs/03_first.ipynb: code cell [' in text and 'failed with ValueError: too few images' in text and 'build/toy/failed/03_first.ipynb' in text
    assert failed.exists() and figure.exists()
    assert (toy/'figures'/'toy'/'second.json').exists() # the other section went on
    good.write_text(saved)
    reproduce(toy)
    assert not failed.exists() and (toy/'build'/'toy'/'03_first.ipynb').exists()

def test_trains_first_when_asked(toy):
    config = ('data=fashion_mnist', 'train=true', 'steps=5', 'name=mine')
    assert 'runs/mine is at step 3 of 5' in reproduce(toy, *config, ok=False) # stopped: nothing is drawn, and the run is kept
    assert (toy/'runs'/'mine'/'config.json').exists() and not (toy/'figures'/'mine').exists()
    reproduce(toy, *config)
    assert json.loads((toy/'runs'/'mine'/'config.json').read_text())['argv'] == 'train --data fashion_mnist --steps 5 --device auto --out runs/mine --resume'.split()
    assert 'drawn for ../runs/mine' in (toy/'build'/'mine'/'03_first.ipynb').read_text() and (toy/'figures'/'mine'/'first.json').exists()
    assert 'Nothing to be done' in reproduce(toy, *config)
    reproduce(toy, 'model=runs/mine') # the same run by its folder

def test_wrong_settings_are_refused(toy):
    assert 'there is no setting modle. Settings are model,' in reproduce(toy, 'modle=toy', ok=False)
    assert 'there is no model nothing. Shipped: toy' in reproduce(toy, 'model=nothing', ok=False)
    assert 'add train=true' in reproduce(toy, 'data=cifar10', ok=False)
    assert 'there is no notebook 77' in reproduce(toy, 'notebooks=77', ok=False)

@pytest.mark.parametrize('bad', ['cpu; touch HERE', '$(touch HERE)', '`touch HERE`', 'cpu" HERE', '../cpu', 'mps'])
def test_no_value_reaches_the_shell(toy, bad):
    "A device is one of a few words."
    text = reproduce(toy, 'data=fashion_mnist', 'train=true', 'steps=3', f"device='{bad}'", ok=False)
    assert 'is not possible: auto, cpu, cuda' in text
    assert not list(toy.rglob('HERE')) and not (toy/'config.json').exists()

def test_a_name_leads_nowhere_else(toy):
    text = reproduce(toy, 'data=fashion_mnist', 'train=true', 'steps=3', "name='..'", ok=False)
    assert 'a run is called by letters' in text and not (toy/'config.json').exists()

def test_large_models_wait_for_their_images(toy):
    "A model that a network of ImageNet judges is drawn when named, or where the images are; else it is said."
    shutil.copytree(toy/'data'/'pretrained'/'toy', toy/'data'/'pretrained'/'imagenette64')
    text = reproduce(toy)
    assert 'imagenette64 is not drawn, since the images of Imagenette are not here' in text and not (toy/'figures'/'imagenette64').exists()
    reproduce(toy, 'model=imagenette64')
    assert (toy/'figures'/'imagenette64'/'first.json').exists()
