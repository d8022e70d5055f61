"""The whole program: `acgan train` killed, stopped and resumed; own folders of images; two runs in one folder."""
import json, os, signal, subprocess, sys, time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file

ROOT = Path(__file__).resolve().parent.parent
ACGAN = [sys.executable, '-m', 'acgan']
SMALL = ['--width', '.125', '--batch-size', '20', '--device', 'cpu', '--threads', '1', '--log-every', '5', '--save-every', '5', '--sample-every', '50']


def command(*args, **kw): return subprocess.run([*ACGAN, *map(str, args)], cwd=ROOT, capture_output=True, text=True, **kw)


def begin(*args): return subprocess.Popen([*ACGAN, *map(str, args)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def wait_for(condition, process, seconds=90):
    "Wait until `condition()`, failing when the process ends or time runs out first."
    end = time.time() + seconds
    while not condition():
        assert process.poll() is None, 'the run ended before it could be interrupted: give it more steps'
        assert time.time() < end, 'the run made no checkpoint in time'
        time.sleep(.01)


def saved_step(folder):
    p = folder/'config.json'
    return json.loads(p.read_text())['step'] if p.exists() else 0


def same_weights(a, b):
    for name in ('generator', 'discriminator'):
        x, y = load_file(a/f'{name}.safetensors'), load_file(b/f'{name}.safetensors')
        assert x.keys() == y.keys()
        for k in x: assert (x[k] == y[k]).all(), f'{name} {k} differs after resuming'


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    "A run of 120 steps that nobody interrupted."
    out = tmp_path_factory.mktemp('runs')/'whole'
    done = command('train', '--data', 'fashion_mnist_small', *SMALL, '--steps', 120, '--activation-noise', '.1', '0', '--out', out)
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.parametrize('how', [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_resumes_to_the_bit(whole, tmp_path, how):
    "Killed at any moment, or stopped by Ctrl-C or a batch system: the resumed run ends with the weights and the log of the whole one."
    out = tmp_path/'parts'
    args = ['train', '--data', 'fashion_mnist_small', *SMALL, '--steps', 120, '--activation-noise', '.1', '0', '--out', out]
    p = begin(*args)
    wait_for(lambda: saved_step(out) >= 10, p)
    p.send_signal(how)
    said, _ = p.communicate(timeout=60)
    if how is signal.SIGKILL: assert p.returncode == -signal.SIGKILL
    else: assert p.returncode == 130 and '--resume' in said
    assert 10 <= saved_step(out) < 120
    again = command(*args, '--resume')
    assert again.returncode == 0, again.stderr
    same_weights(whole, out)
    steps = lambda d: [json.loads(l)['step'] for l in (d/'log.jsonl').read_text().splitlines()]
    assert steps(out) == steps(whole) == list(range(5, 121, 5))
    losses = lambda d: [(l['d_loss'], l['g_loss']) for l in map(json.loads, (d/'log.jsonl').read_text().splitlines())]
    assert losses(out) == losses(whole)


def test_a_finished_run_is_not_overwritten(whole):
    before = (whole/'generator.safetensors').read_bytes()
    done = command('train', '--data', 'fashion_mnist_small', *SMALL, '--steps', 5, '--out', whole)
    assert done.returncode == 1 and 'already holds a run' in done.stderr and 'Traceback' not in done.stderr
    assert (whole/'generator.safetensors').read_bytes() == before


def test_a_run_can_be_made_longer(tmp_path):
    "--steps may grow: resuming a finished run with more steps goes on."
    args = ['train', '--data', 'fashion_mnist_small', *SMALL, '--out', tmp_path/'run']
    assert (r := command(*args, '--steps', 5)).returncode == 0, r.stderr
    assert (r := command(*args, '--steps', 10, '--resume')).returncode == 0, r.stderr
    assert saved_step(tmp_path/'run') == 10
    assert [json.loads(l)['step'] for l in (tmp_path/'run'/'log.jsonl').read_text().splitlines()] == [5, 10]


def test_stages_of_noise_keep_their_steps(whole, tmp_path):
    "Stages are parts of all steps, so more steps would change what was already done: refused."
    import shutil
    out = shutil.copytree(whole, tmp_path/'longer')
    done = command('train', '--data', 'fashion_mnist_small', *SMALL, '--steps', 125, '--activation-noise', '.1', '0', '--out', out, '--resume')
    assert done.returncode == 1 and 'resume with --steps 120' in done.stderr and 'Traceback' not in done.stderr
    same_weights(whole, out)


def test_two_runs_cannot_share_a_folder(tmp_path):
    out = tmp_path/'busy'
    args = ['train', '--data', 'fashion_mnist_small', *SMALL, '--steps', 100_000, '--out', out]
    p = begin(*args)
    try:
        wait_for(lambda: saved_step(out) >= 5, p)
        second = command(*args, '--resume')
        assert second.returncode == 1 and f'(process {p.pid} on ' in second.stderr and 'Another process is training' in second.stderr and 'Traceback' not in second.stderr
    finally: p.kill(); p.wait()


def test_a_damaged_checkpoint_is_one_sentence(whole, tmp_path):
    import shutil
    out = shutil.copytree(whole, tmp_path/'damaged')
    (out/'state.pt').write_bytes((out/'state.pt').read_bytes()[:1000])
    done = command('train', '--data', 'fashion_mnist_small', *SMALL, '--steps', 130, '--activation-noise', '.1', '0', '--out', out, '--resume')
    assert done.returncode == 1 and 'state.pt' in done.stderr and 'Traceback' not in done.stderr


def folder_of_images(root, classes=('cat', 'dog'), n=12, side=40):
    rng = np.random.default_rng(0)
    for k, name in enumerate(classes):
        (root/name).mkdir(parents=True)
        for i in range(n): Image.fromarray(rng.integers(k*60, k*60 + 100, (side, side + 8, 3), dtype=np.uint8)).save(root/name/f'{i}.png')
    return root


def test_your_own_folder_trains_resumes_and_samples(tmp_path):
    "README's path for a person with their own images, at 64 pixels."
    data, out = folder_of_images(tmp_path/'pets'), tmp_path/'run'
    env = os.environ | {'ACGAN_CACHE': str(tmp_path/'cache')}
    args = ['train', '--data', f'folder:{data}', '--size', 64, *SMALL, '--out', out]
    assert (r := command(*args, '--steps', 5, env=env)).returncode == 0, r.stderr
    assert (r := command(*args, '--steps', 10, '--resume', env=env)).returncode == 0, r.stderr
    assert (r := command('sample', '--model', out, '--classes', 'dog', '--n', 3, '--out', tmp_path/'dog.png', '--device', 'cpu')).returncode == 0, r.stderr
    with Image.open(tmp_path/'dog.png') as im: assert im.mode == 'RGB' and im.size[0] > 3*64 - 1
    r = command('sample', '--model', out, '--classes', 'fish', '--out', tmp_path/'fish.png')
    assert r.returncode == 1 and "no class 'fish'" in r.stderr and 'cat, dog' in r.stderr


REAL = [('cifar10-jpeg', 'cifar10-jpeg', 32), ('imagenette2-128', 'imagenette2-128', 64)]

@pytest.mark.parametrize('name, folder, size', REAL, ids=[r[0] for r in REAL])
def test_real_images_train_resume_and_sample(tmp_path, name, folder, size):
    "A few steps on the real sets, where they are unpacked (set ACGAN_TEST_DATA to the folder that holds them)."
    where = os.environ.get('ACGAN_TEST_DATA')
    if not where or not (Path(where)/folder).is_dir(): pytest.skip(f'{name} is not on this machine (ACGAN_TEST_DATA names the folder that would hold {folder})')
    args = ['train', '--data', f'folder:{Path(where)/folder}', '--size', size, *SMALL, '--out', tmp_path/'run']
    assert (r := command(*args, '--steps', 3)).returncode == 0, r.stderr
    assert (r := command(*args, '--steps', 6, '--resume')).returncode == 0, r.stderr
    assert (r := command('sample', '--model', tmp_path/'run', '--n', 2, '--out', tmp_path/'s.png', '--device', 'cpu')).returncode == 0, r.stderr
    assert saved_step(tmp_path/'run') == 6


def test_compiled_kernels(tmp_path):
    "The compiled step resumes to the bit on any number of threads; without it the run says why and goes on with PyTorch; asked for in vain it is one sentence."
    import torch
    from acgan.layers_cpu import pick_kernels
    if not pick_kernels('auto', torch.device('cpu'), True)[0]: pytest.skip('the compiled kernels need AVX512-BF16 and a compiler')
    args = ['train', '--data', 'fashion_mnist_small', *SMALL, '--width', '.5', '--precision', 'bf16', '--activation-noise', '.1']
    for out, steps in (('whole', 4), ('parts', 2)): assert (r := command(*args, '--steps', steps, '--out', tmp_path/out)).returncode == 0, r.stderr
    assert 'compiled kernels' in r.stdout
    assert (r := command(*args, '--steps', 4, '--out', tmp_path/'parts', '--threads', 2, '--resume')).returncode == 0, r.stderr
    same_weights(tmp_path/'whole', tmp_path/'parts')
    for name, change in (('forbidden', {'ACGAN_KERNELS': '0'}), ('no compiler', {'PATH': str(tmp_path), 'CXX': '', 'XDG_CACHE_HOME': str(tmp_path/'cache')})):
        r = command(*args, '--steps', 1, '--out', tmp_path/name, env=os.environ | change)
        assert r.returncode == 0 and 'PyTorch (no compiled kernels: ' in r.stdout, r.stderr
    r = command(*args, '--steps', 1, '--out', tmp_path/'none', '--kernels', 'on', env=os.environ | {'ACGAN_KERNELS': '0'})
    assert r.returncode == 1 and "kernels='on' is not possible: ACGAN_KERNELS=0 forbids them" in r.stderr and 'Traceback' not in r.stderr


def test_figure_5_outlives_snapshots(tmp_path):
    "What was measured of snapshots before is taken over, also where they are gone; a new one is measured."
    import acgan
    from acgan.metrics.diversity import training_diversity
    run, small = tmp_path/'run', dict(channels=1, width=.125, batch_size=10, save_every=1, snapshot_every=1, steps=3)
    acgan.train(acgan.TrainConfig(data='fashion_mnist_small', **small), acgan.data.load('fashion_mnist_small', 'train'), run, device='cpu', progress=False)
    whole = training_diversity(run, 10, 20)
    assert whole.steps == [1, 2, 3]
    whole.save(run/'training_diversity.json')
    for step in (1, 3): (run/'snapshots'/f'step_{step:07d}.safetensors').unlink()
    assert training_diversity(run, 10, 20) == whole
    assert training_diversity(run, 10, 30).steps == [2] # measured otherwise: only what is there
