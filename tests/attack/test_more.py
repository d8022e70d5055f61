"""What the tables cannot hold: moved images, hostile names in cards, other users' libraries, a network that is not there, two makes at once."""
import json, os, shutil, subprocess, sys, time
from pathlib import Path
import pytest
from acgan import cli, layers_cpu
from .file_cases import picture, RESUME

ROOT = Path(__file__).resolve().parents[2]

@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch): monkeypatch.setenv('ACGAN_CACHE', str(tmp_path/'cache'))

def photos(folder, names=('cat', 'dog'), n=21):
    for k, c in enumerate(names):
        for i in range(n): picture(folder/c/f'{i:03d}.png', side=32, value=(40*k + 9*i) % 250)
    return folder

def test_a_run_goes_on_after_its_images_were_moved(tmp_path):
    one = photos(tmp_path/'one')
    short = ['train', '--data', f'folder:{one}', '--size', '32', *RESUME[3:5], '--batch-size', '4', '--save-every', '1', '--device', 'cpu', '--threads', '1', '--out', str(tmp_path/'run')]
    cli.main([*short, '--steps', '2'])
    one.rename(tmp_path/'two')
    moved = [o.replace('/one', '/two') for o in short]
    cli.main([*moved, '--steps', '4', '--resume'])
    about = json.loads((tmp_path/'run'/'config.json').read_text())
    assert about['step'] == 4 and about['config']['data'].endswith('/two')
    picture(tmp_path/'two'/'cat'/'005.png', side=32, value=1)
    with pytest.raises(SystemExit, match='other images'): cli.main([*moved, '--steps', '6', '--resume'])

def test_names_with_html_reach_a_card_as_text(tmp_path):
    import acgan
    from acgan.models import save
    bad = '<img src=x onerror=alert(1)>'
    data = photos(tmp_path/'set', (bad, '<script>x', 'c`d|e'))
    cli.main(['train', '--data', f'folder:{data}', '--size', '32', *RESUME[3:5], '--steps', '1', '--batch-size', '4', '--device', 'cpu', '--out', str(tmp_path/'run')])
    model = acgan.load(tmp_path/'run')
    assert bad in model.class_names
    save(model, tmp_path/'m', measured={bad: '<svg onload=x>'}, how='<svg onload=alert(2)> by hand', licence='<b>')
    card = (tmp_path/'m'/'README.md').read_text()
    assert not [o for o in ('<img', '<script', '<svg', '<b>') if o in card] and '&lt;img src=x' in card and '&lt;svg onload' in card

def test_libraries_of_others_are_not_run(tmp_path, monkeypatch):
    lib = tmp_path/'kernels-x.so'
    lib.write_bytes(b'x'); Path(f'{lib}.sha256').write_text(layers_cpu.sha256(lib))
    assert layers_cpu.whole(lib)
    lib.write_bytes(b'y') # cut or changed since
    assert not layers_cpu.whole(lib)
    lib.write_bytes(b'x'); os.chmod(lib, 0o666)
    with pytest.raises(layers_cpu.NoKernels, match='other users'): layers_cpu.whole(lib)
    os.chmod(lib, 0o644); os.chmod(tmp_path, 0o777)
    with pytest.raises(layers_cpu.NoKernels, match='other users'): layers_cpu.whole(lib)
    os.chmod(tmp_path, 0o755)
    if os.getuid() == 0:
        os.chown(lib, 12345, 12345)
        with pytest.raises(layers_cpu.NoKernels, match='another user'): layers_cpu.whole(lib)
    monkeypatch.setenv('XDG_CACHE_HOME', 'relative')
    with pytest.raises(layers_cpu.NoKernels, match='absolute'): layers_cpu.kernel_cache()

OFFLINE = '''
import socket
def no(*a, **k): raise AssertionError('the network was asked for')
socket.socket.connect = socket.create_connection = socket.getaddrinfo = no
import acgan
from acgan.data.sets import load
model = acgan.load('fashion_mnist', 'cpu')
assert model.sample(['Coat', 'Bag'], seed=0).shape == (2, 1, 32, 32) and len(load('fashion_mnist_small', 'test')) > 0
from acgan.judges.hub import load_judge
load_judge('fashion_mnist_features', 'cpu')
'''

def test_nothing_asks_for_the_network(tmp_path):
    r = subprocess.run([sys.executable, '-c', OFFLINE], cwd=tmp_path, capture_output=True, text=True, timeout=200, env=dict(os.environ, PYTHONPATH=str(ROOT)))
    assert r.returncode == 0, r.stderr[-600:]

def test_no_home_is_a_sentence(tmp_path):
    code = "import os; os.environ.pop('HOME', None); import pwd; pwd.getpwuid = lambda u: (_ for _ in ()).throw(KeyError(u)); from acgan import cli; cli.main(['data'])"
    env = {k: v for k, v in os.environ.items() if k not in ('HOME', 'ACGAN_DATA', 'ACGAN_CACHE')} | dict(PYTHONPATH=str(ROOT))
    r = subprocess.run([sys.executable, '-c', code], cwd=tmp_path, capture_output=True, text=True, timeout=200, env=env)
    assert r.returncode == 1 and r.stderr.strip().startswith('acgan: ') and 'HOME' in r.stderr and 'Traceback' not in r.stderr, r.stderr[-600:]

def test_a_second_make_waits(tmp_path):
    lock, said = tmp_path/'.busy', tmp_path/'said'
    alone = [sys.executable, str(ROOT/'scripts'/'alone.py'), str(lock)]
    first = subprocess.Popen([*alone, sys.executable, '-c', f'import time; time.sleep(3); open({str(said)!r}, "a").write("first ")'])
    while not lock.exists() or not lock.read_text(): time.sleep(.05)
    second = subprocess.run([*alone, sys.executable, '-c', f'open({str(said)!r}, "a").write("second")'], capture_output=True, text=True, timeout=60)
    assert first.wait() == 0 and second.returncode == 0 and said.read_text() == 'first second' and f'process {first.pid}' in second.stderr
    third = subprocess.Popen([*alone, 'sleep', '60'])
    time.sleep(.5); third.kill(); third.wait() # a dead owner holds nothing
    assert subprocess.run([*alone, 'true'], timeout=20, capture_output=True).returncode == 0

def test_debug_shows_where(tmp_path):
    r = subprocess.run([sys.executable, '-m', 'acgan', 'sample', '--model', 'nothing', '--out', 'x.png', '--debug'], cwd=tmp_path, capture_output=True, text=True, timeout=100, env=dict(os.environ, PYTHONPATH=str(ROOT)))
    assert r.returncode == 1 and 'Traceback' in r.stderr and 'There is no model' in r.stderr
