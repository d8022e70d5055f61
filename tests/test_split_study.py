"""The class-split study end to end, at a tiny size: killed while training, resumed, measured, drawn (section 4.6)."""
import json, os, signal, subprocess, sys, time
from pathlib import Path

import pytest

from acgan.cli import main
from acgan.metrics.result import Result
from acgan.replication.class_split_study import plan
from acgan.config import StudyConfig

TINY = ['--data', 'fashion_mnist_small', '--counts', '4', '1', '--score', '2', '--seeds', '0', '--width', '.0625', '--wide', '.125', '--wide-counts', '4',
        '--choice-count', '3', '--choices', 'random', '--steps', '30', '--batch-size', '10', '--save-every', '5', '--snapshot-every', '15', '--average', '2',
        '--device', 'cpu']


@pytest.fixture(scope='module')
def killed(tmp_path_factory):
    "A study killed without warning (SIGKILL) once its second model has a checkpoint."
    out = tmp_path_factory.mktemp('study')/'killed'
    run = subprocess.Popen([sys.executable, '-m', 'acgan', 'replicate', 'split-study', *TINY, '--out', str(out)], cwd=Path(__file__).parents[1],
                           env=os.environ | dict(OMP_NUM_THREADS='1'), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    second, until = out/'main-1-part0-seed0'/'state.pt', time.monotonic() + 120
    while not second.exists() and run.poll() is None and time.monotonic() < until: time.sleep(.02)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert second.exists(), 'the second model never had a checkpoint'
    return out


def test_kill_resume_measure(killed):
    first = killed/'main-4-seed0'
    seen = {p: p.stat().st_mtime_ns for p in first.glob('*.safetensors')}
    assert not (killed/'result.json').exists()
    with pytest.raises(SystemExit, match='add --resume'): main(['replicate', 'split-study', *TINY, '--out', str(killed)])
    main(['replicate', 'split-study', '--out', str(killed), '--resume', '--device', 'cpu'])  # its own settings are found
    assert {p: p.stat().st_mtime_ns for p in first.glob('*.safetensors')} == seen, 'a finished model was touched'
    r = Result.load(killed/'result.json')
    assert r.missing == [] and {o['step'] for o in r.runs} == {30}
    assert {tuple(o['scored']) for o in r.runs if o['n'] > 1} == {(0, 1)} and [o['scored'] for o in r.runs if o['n'] == 1] == [[0], [1]]
    assert [(p['arm'], p['n']) for p in r.ms_ssim['points']] == [('main', 1), ('main', 4), ('random', 3), ('wide', 4)]
    assert all(0 <= p['mean'] <= 1 for p in r.ms_ssim['points']) and r.ms_ssim['degrees'] == 0
    assert json.loads((killed/'fig10_class_splits.json').read_text())['measure'] == 'split_study' and (killed/'fig10_class_splits.png').stat().st_size > 5000


def test_settings_of_two_studies_do_not_mix(killed):
    with pytest.raises(SystemExit, match='was trained with batch_size=10'):
        main(['replicate', 'split-study', *TINY, '--batch-size', '20', '--resume', '--out', str(killed)])
    with pytest.raises(SystemExit, match='no study to measure'): main(['replicate', 'split-study', '--measure', '--out', str(killed/'nothing')])


def test_plan():
    c = StudyConfig(counts=(1, 5, 50), score=2, seeds=(0, 1), wide_counts=(50,), choices=())
    runs = plan(c, 100)
    assert [r.n for r in runs] == [1, 1, 5, 50]*2 + [50] and all(r.classes == tuple(range(r.classes[0], r.classes[0] + r.n)) for r in runs)
    with pytest.raises(ValueError, match='has 40 classes'): plan(c, 40)
