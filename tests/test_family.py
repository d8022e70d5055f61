"""`acgan replicate family` from the command line: trained, gone on with, kept, and a member added to what is kept."""
import json, os, subprocess, sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from acgan.data.sources import IMAGENETTE

ROOT = Path(__file__).resolve().parent.parent
TINY = ['--steps', '3', '--batch-size', '10', '--width', '.0625', '--samples', '100', '--pairs', '3', '--device', 'cpu']


@pytest.fixture(scope='module')
def scratch(tmp_path_factory): # a project without kept studies, and an Imagenette of noise
    to, rng = tmp_path_factory.mktemp('project'), np.random.default_rng(0)
    (to/'settings.ini').symlink_to(ROOT/'settings.ini')
    (to/'acgan').symlink_to(ROOT/'acgan')
    (to/'data'/'reference').mkdir(parents=True)
    for o in (ROOT/'data').iterdir():
        if o.name != 'reference': (to/'data'/o.name).symlink_to(o)
    for split, n in (('train', 12), ('val', 10)):
        for wnid in IMAGENETTE:
            folder = to/'sets'/'imagenette2-128'/split/wnid
            folder.mkdir(parents=True)
            for i in range(n): Image.fromarray(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(folder/f'{i}.JPEG')
    return to


def family(scratch, *args): # exit status and what it said
    r = subprocess.run([sys.executable, '-m', 'acgan', 'replicate', 'family', *TINY, '--root', 'sets', *args], cwd=scratch, capture_output=True, text=True, timeout=280,
                       env={**os.environ, 'PYTHONPATH': str(scratch), 'ACGAN_CACHE': str(scratch/'cache'), 'OMP_NUM_THREADS': '1'})
    return r.returncode, r.stdout + r.stderr


def test_members_are_trained_kept_and_joined_by_others(scratch):
    kept, picture = scratch/'data'/'reference'/'settings_imagenette_3steps.json', scratch/'figures'/'family'/'settings_imagenette_3steps_samples.png'
    code, said = family(scratch, '--members', 'ours', 'batch_25', '--seeds', '0', '--out', 'a', '--keep')
    assert code == 0, said
    r = json.loads(kept.read_text())
    first = r['values']['measured']
    assert r['values']['members'] == ['ours', 'batch_25'] and [len(o) for o in first] == [1, 1] and 'Lite0' in r['judge']
    assert all(0 <= o[0]['low'] <= o[0]['accuracy'] <= o[0]['high'] <= 1 and 0 <= o[0]['every'] <= 1 for o in first)
    assert 'our settings' in said and 'real images' in said and picture.exists()
    when, drawn = (scratch/'a'/'ours,seed=0'/'generator.safetensors').stat().st_mtime_ns, picture.read_bytes()

    code, said = family(scratch, '--members', 'ours', 'slow', '--seeds', '0', '1', '--out', 'a', '--keep') # what is done is not done again
    assert code == 0, said
    r = json.loads(kept.read_text())
    assert r['values']['members'] == ['ours', 'slow', 'batch_25'] and r['values']['seeds'] == [0, 1]
    measured = dict(zip(r['values']['members'], r['values']['measured']))
    assert measured['batch_25'] == [first[1][0], None] and measured['ours'][0] == first[0][0] and None not in measured['slow']
    assert (scratch/'a'/'ours,seed=0'/'generator.safetensors').stat().st_mtime_ns == when
    assert 'is left as it is' in said and picture.read_bytes() == drawn

    code, said = family(scratch, '--members', 'ours', 'slow', 'batch_25', '--seeds', '1', '--out', 'a', '--keep') # all members, but of another seed
    assert code == 0 and 'trained with seed 0' in said and picture.read_bytes() == drawn, said


def test_a_study_with_other_settings_is_refused_before_it_trains(scratch):
    kept = scratch/'data'/'reference'/'settings_imagenette_3steps.json'
    if not kept.exists(): family(scratch, '--members', 'ours', '--seeds', '0', '--out', 'a', '--keep')
    before = kept.read_text()
    code, said = family(scratch, '--members', 'ours', '--samples', '200', '--out', 'b', '--keep')
    assert code and 'samples=100, this one has 200' in said and 'Leave --keep out' in said and 'Traceback' not in said
    assert not (scratch/'b').exists() and kept.read_text() == before
