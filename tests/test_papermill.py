"""The way README names: `papermill nbs/NN.ipynb OUT.ipynb -p ...`, from the project's root, for the shipped model and for a run folder of one's own."""
import json, os, subprocess, sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def papermill(notebook, to, **parameters):
    options = [o for k, v in parameters.items() for o in ('-p', k, str(v))]
    return subprocess.run([sys.executable, '-m', 'papermill', f'nbs/{notebook}.ipynb', str(to), '--no-progress-bar', *options], cwd=ROOT, capture_output=True, text=True, timeout=300)


def test_a_section_of_the_shipped_model(tmp_path):
    if not (ROOT/'data'/'pretrained'/'fashion_mnist'/'config.json').exists(): pytest.skip('the shipped model is not there')
    r = papermill('04_diversity', tmp_path/'out.ipynb', samples_per_class=20, pairs=30, data='fashion_mnist_small', out=tmp_path/'figures')
    assert r.returncode == 0, r.stderr[-3000:]
    for figure, kinds in (('fig3_examples', {'.png', '.json'}), ('fig4_scatter', {'.png', '.svg', '.json'})): # pictures have no SVG
        assert {p.suffix for p in (tmp_path/'figures').glob(f'{figure}.*')} == kinds
    drawn = json.loads((tmp_path/'figures'/'fig4_scatter.json').read_text())
    assert drawn['fake']['n'] == [30]*10 and drawn['fake']['model'] == 'fashion_mnist' and 'fashion_mnist_small' in drawn['real']['data']


def test_a_section_of_a_run_folder(tmp_path):
    "A model that somebody just trained, by its folder; two steps are enough to be measured, not to be good."
    run = tmp_path/'mine'
    train = [sys.executable, '-m', 'acgan', 'train', '--data', 'fashion_mnist_small', '--steps', '2', '--batch-size', '10', '--width', '.125',
             '--device', 'cpu', '--threads', '1', '--out', str(run)]
    assert subprocess.run(train, cwd=ROOT, capture_output=True).returncode == 0
    r = papermill('03_discriminability', tmp_path/'out.ipynb', model=run, samples_per_class=20, judge='fashion_mnist', out=tmp_path/'figures')
    assert r.returncode == 0, r.stderr[-3000:]
    drawn = json.loads((tmp_path/'figures'/'fig2_resolution.json').read_text())
    assert drawn['fake']['n'] == 200 and drawn['fake']['values']['native_accuracy'] < .6 < drawn['real']['values']['native_accuracy']


def test_own_folder_from_training_to_figures(tmp_path):
    "README's 'Your own images', every command, with a relative path: train, judge, evaluate, shortcuts, figures."
    import numpy as np
    from PIL import Image
    rng = np.random.default_rng(0)
    for k, name in enumerate(('cat', 'dog')):
        (tmp_path/'pets'/name).mkdir(parents=True)
        for i in range(60): Image.fromarray((rng.integers(0, 60, (32, 32, 3)) + 150*k).astype(np.uint8)).save(tmp_path/'pets'/name/f'{i:02d}.png')
    def acgan(*args):
        env = os.environ | {'ACGAN_CACHE': str(tmp_path/'cache'), 'OMP_NUM_THREADS': '1', 'PYTHONPATH': str(ROOT)}
        r = subprocess.run([sys.executable, '-m', 'acgan', *args], cwd=tmp_path, capture_output=True, text=True, env=env)
        assert r.returncode == 0, r.stderr[-3000:]
        return r.stdout
    acgan('train', '--data', 'folder:pets', '--size', '32', '--steps', '2', '--batch-size', '10', '--width', '.125', '--device', 'cpu', '--out', 'runs/mine')
    acgan('train-judge', '--data', 'folder:pets', '--size', '32', '--epochs', '2', '--device', 'cpu', '--out', 'runs/judge')
    table = acgan('evaluate', '--model', 'runs/mine', '--judge', 'runs/judge', '--samples-per-class', '20', '--pairs', '20', '--device', 'cpu')
    assert 'cat' in table and 'dog' in table and ', 12 real' in table  # a tenth of each class was held out
    table = acgan('replicate', 'shortcuts', '--model', 'runs/mine', '--device', 'cpu')
    assert 'trained on' in table and 'samples' in table and 'JPEG' in table
    r = papermill('04_diversity', tmp_path/'out.ipynb', model=tmp_path/'runs'/'mine', samples_per_class=10, pairs=20, out=tmp_path/'figures')
    assert r.returncode == 0, r.stderr[-3000:]
    assert json.loads((tmp_path/'figures'/'fig4_scatter.json').read_text())['real']['values']['classes'] == ['cat', 'dog']


@pytest.mark.parametrize('chapter,wrong,says', [('03_discriminability', dict(model='fashion_mist'), 'There is no model'),
                                                ('07_overfitting', dict(judge='nobody'), 'There is no judge'),
                                                ('04_diversity', dict(data='emnist'), 'there is no data set')])
def test_a_mistyped_name_stops_the_chapter(tmp_path, chapter, wrong, says):
    r = papermill(chapter, tmp_path/'out.ipynb', out=tmp_path/'figures', **wrong)
    assert r.returncode != 0 and says in r.stderr and not (tmp_path/'figures').exists()


def test_from_another_folder_and_without_touching_the_package(tmp_path):
    before = {p: p.read_bytes() for p in (ROOT/'acgan').rglob('*.py')}
    r = subprocess.run([sys.executable, '-m', 'papermill', str(ROOT/'nbs'/'01_losses.ipynb'), 'out.ipynb', '--no-progress-bar'],
                       cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert r.returncode == 0, r.stderr[-2000:]
    assert {p: p.read_bytes() for p in (ROOT/'acgan').rglob('*.py')} == before
