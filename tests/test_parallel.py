"""Two processes (gloo, on the CPU) train one model: what one process with the joined batch computes."""
import json, os, signal, subprocess, sys, time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from acgan.data.sets import load
from acgan.config import TrainConfig
from acgan.training.loop import train

ROOT = Path(__file__).resolve().parent.parent
TORCHRUN = [sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2', '-m', 'acgan']
SMALL = ['train', '--data', 'fashion_mnist_small', '--width', '.125', '--batch-size', '20', '--device', 'cpu', '--threads', '1', '--log-every', '2', '--save-every', '4',
         '--sample-every', '100', '--precision', 'fp32', '--activation-noise', '.1', '0', '--input-noise', '.05', '--input-shift', '3', '--ema', '.9', '--horizontal-flip']
ENV = {**os.environ, 'OMP_NUM_THREADS': '1'}
log = lambda d: [json.loads(l) for l in (d/'log.jsonl').read_text().splitlines()]


def begin(*args): return subprocess.Popen([*TORCHRUN, *SMALL, *map(str, args)], cwd=ROOT, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope='module')
def alone(tmp_path_factory):
    images = load('fashion_mnist_small', 'train', size=32)
    config = TrainConfig(data='fashion_mnist_small', channels=1, width=.125, batch_size=20, steps=8, log_every=2, save_every=4, sample_every=100, precision='fp32',
                         activation_noise=(.1, 0.), input_noise=.05, input_shift=3, ema=.9, horizontal_flip=True)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    out = train(config, images, tmp_path_factory.mktemp('alone')/'run', device='cpu', progress=False)
    torch.set_num_threads(threads)
    return out


def test_two_processes_compute_what_one_computes(alone, tmp_path):
    out = tmp_path/'two'
    p = begin('--steps', 8, '--out', out)
    said, err = p.communicate(timeout=120)
    assert p.returncode == 0, err
    assert said.count('Training on 2 processes (cpu) in fp32, 10 images each') == 1 and said.count('Samples:') == 1
    a, b = log(alone), log(out)
    assert [l['step'] for l in a] == [l['step'] for l in b] == [2, 4, 6, 8]
    for x, y in zip(a, b):
        for k in ('d_loss', 'g_loss', 'L_S', 'L_C'): assert abs(x[k] - y[k]) < 2e-3*max(1, abs(x[k])), (x['step'], k, x[k], y[k])
    assert abs(a[0]['d_loss'] - b[0]['d_loss']) < 1e-4
    assert {q.name for q in alone.iterdir()} == {q.name for q in out.iterdir()}
    sa, sb = (torch.load(d/'state.pt', weights_only=True) for d in (alone, out))
    assert (sa['rng'] == sb['rng']).all()
    assert torch.equal(sa['G']['norms.0.num_batches_tracked'], sb['G']['norms.0.num_batches_tracked'])
    for name in ('generator', 'discriminator'):
        x, y = load_file(alone/f'{name}.safetensors'), load_file(out/f'{name}.safetensors')
        flat = lambda o: torch.cat([v.flatten().float() for k, v in sorted(o.items()) if 'tracked' not in k])
        assert (flat(x) - flat(y)).norm() < 5e-3*flat(x).norm()


def test_stopped_by_a_signal_and_gone_on_with_by_one(alone, tmp_path):
    "SIGTERM to torchrun: both end after the same step and it is saved; one process alone then finishes the run."
    out = tmp_path/'parts'
    p = begin('--steps', 2000, '--out', out, '--activation-noise', '.1')
    end = time.time() + 90
    while not (out/'config.json').exists():
        assert p.poll() is None and time.time() < end, p.communicate()
        time.sleep(.02)
    p.send_signal(signal.SIGTERM)
    said, err = p.communicate(timeout=60)
    assert 'Go on with --resume' in said, said + err
    step = json.loads((out/'config.json').read_text())['step']
    state = torch.load(out/'state.pt', weights_only=True)
    assert 4 <= state['step'] == step < 2000
    images = load('fashion_mnist_small', 'train', size=32)
    config = TrainConfig.from_json(json.loads((out/'config.json').read_text())['config'])
    train(replace(config, steps=step + 2), images, out, resume=True, device='cpu', progress=False)
    assert json.loads((out/'config.json').read_text())['step'] == step + 2

