"""`acgan replicate grid` from the command line: trained, killed, gone on with, scored, picked."""
import contextlib, io, json, os, signal, subprocess, sys, time
from pathlib import Path

import pytest
from safetensors.torch import load_file

from acgan.cli import main

ROOT = Path(__file__).resolve().parent.parent
ACGAN = [sys.executable, '-m', 'acgan']
SMALL = ['--data', 'fashion_mnist_small', '--device', 'cpu', '--threads', '1', '--width', '.125', '--batch-size', '10', '--log-every', '5', '--save-every', '5', '--sample-every', '1000',
         '--samples', '100', '--splits', '2', '--report', '50', '--report-splits', '2', '--per-class', '8', '--pairs', '20', '--precision', 'fp32']
GRID = ['replicate', 'grid', *SMALL, '--vary', 'g_lr=1e-4,3e-4', '--vary', 'activation_noise=0,.1+0', '--seeds', '0', '--steps', '40']
ENV = {**os.environ, 'OMP_NUM_THREADS': '1'}


def command(*args): # in this process, to save the start: exit status (0, or the sentence it ended with) and what it said
    said, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(err):
        try: main([str(a) for a in args])
        except SystemExit as e: return e.code, said.getvalue() + err.getvalue()
    return 0, said.getvalue()


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp('grid')/'whole'
    code, said = command(*GRID, '--out', out)
    assert code == 0, code
    return out, said


def weights(out): return {p.parent.name: load_file(p) for p in sorted(out.glob('*/generator.safetensors'))}


def test_a_grid_is_trained_scored_and_told(whole):
    out, said = whole
    g = json.loads((out/'grid.json').read_text())
    assert [r['name'] for r in g['runs']] == [f'g_lr={g},activation_noise={n},seed=0' for g in ('0.0001', '0.0003') for n in ('0', '0.1+0')]
    assert {r['images_seen'] for r in g['runs']} == {400}
    scores = {r['name']: r['results']['score']['values']['mean'] for r in g['runs']}
    best = g['reported']['values']
    assert best['picked'] == max(scores, key=scores.get) and g['reported']['n'] == 50 and g['reported']['seed'] == 1
    assert all(0 <= r['results']['accuracy']['values']['accuracy'] <= 1 and r['results']['distance']['values']['frechet'] > 0 for r in g['runs'])
    table = (out/'grid.md').read_text()
    for word in ('g_lr', 'activation_noise', 'seed', 'Inception score', 'judge accuracy', 'MS-SSIM', 'images seen', 'chosen'): assert word in table and word in said
    assert len([l for l in table.splitlines() if l.startswith('|')]) == 2 + 4


@pytest.mark.parametrize('how', [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_grid_goes_on(whole, tmp_path, how):
    "Killed or stopped in its second run: the same command trains only what is left and ends with the same weights and scores."
    out = tmp_path/'parts'
    p = subprocess.Popen([*ACGAN, *GRID, '--out', str(out)], cwd=ROOT, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    second = out/'g_lr=0.0001,activation_noise=0.1+0,seed=0'/'config.json'
    end = time.time() + 90
    while not second.exists():
        assert p.poll() is None and time.time() < end, 'the grid ended before it could be interrupted'
        time.sleep(.01)
    p.send_signal(how)
    said, _ = p.communicate(timeout=60)
    assert how is signal.SIGKILL or 'the same command goes on' in said and p.returncode == 0
    first = out/'g_lr=0.0001,activation_noise=0,seed=0'/'state.pt'
    stamp = first.stat().st_mtime_ns
    assert not (out/'grid.json').exists() and 5 <= json.loads(second.read_text())['step'] < 40
    code, said = command(*GRID, '--out', out)
    assert code == 0 and '1 of 4 runs are there already' in said, code
    assert first.stat().st_mtime_ns == stamp
    a, b = weights(whole[0]), weights(out)
    assert a.keys() == b.keys() and all((a[r][k] == b[r][k]).all() for r in a for k in a[r])
    assert (out/'grid.json').read_bytes() == (whole[0]/'grid.json').read_bytes()


def test_mistakes_are_told_in_a_sentence(whole, tmp_path):
    for args, says in ((['--vary', 'g_lr=fast'], 'g_lr takes a number'), (['--vary', 'speed=1'], "no setting 'speed'"), (['--judge', 'nobody'], "no judge 'nobody'"), (['--together', '-1'], 'together=-1')):
        code, said = command('replicate', 'grid', *SMALL, '--steps', '1', *args, '--out', tmp_path/'x')
        assert str(code).startswith('acgan: ') and says in code or code == 2 and says in ' '.join(said.split()) # or the parser's own frame
    assert '28 pairs' in ' '.join(command('replicate', 'grid', *SMALL, '--pairs', '1000')[1].split())
    assert not (tmp_path/'x').exists()
    assert 'leaky_slope=0.2, not 0.1' in command(*GRID, '--leaky-slope', '.1', '--out', whole[0])[0]
