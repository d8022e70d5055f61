"""scripts/checkerboards.py gives a row of the front page again, and leaves the others as they are."""
import json, subprocess, sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
KEPT = json.loads((ROOT/'data'/'reference'/'checkerboard.json').read_text(encoding='utf8'))


def run(*args):
    return subprocess.run([sys.executable, ROOT/'scripts'/'checkerboards.py', *args], capture_output=True, text=True)


def test_a_row_again(tmp_path):
    out, other = tmp_path/'rows.json', dict(KEPT['cifar10'])
    out.write_text(json.dumps({'cifar10': other}), encoding='utf8')
    r = run('fashion_mnist=fashion_mnist', '--out', str(out))
    assert r.returncode == 0, r.stderr
    got = json.loads(out.read_text(encoding='utf8'))
    assert list(got) == ['cifar10', 'fashion_mnist'] and got['cifar10'] == other
    mine, kept = got['fashion_mnist'], KEPT['fashion_mnist']
    assert mine['weights'] == kept['weights'] and mine['data_hash'] == kept['data_hash'] and mine['settings'] == kept['settings']
    for k in ('ratio', 'low', 'high', 'real_ratio'): assert mine['values'][k] == pytest.approx(kept['values'][k], rel=1e-3)


def test_bad_input(tmp_path):
    for args in (['fashion_mnist'], ['row=nowhere', '--out', str(tmp_path/'rows.json')]):
        r = run(*args)
        assert r.returncode and 'Traceback' not in r.stderr and (args[0] in r.stderr or 'nowhere' in r.stderr)
    assert not list(tmp_path.iterdir())
