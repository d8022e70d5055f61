"""Runs that are killed without warning and gone on with end where an undisturbed one does, to the bit. 5 kills; 50 with ACGAN_SLOW=1."""
import os, random, signal, subprocess, sys, time
from pathlib import Path
import torch
from acgan.weights import read_state, read_weights

ROOT = Path(__file__).resolve().parents[2]
KILLS = 50 if os.environ.get('ACGAN_SLOW') == '1' else 5
STEPS = 40 + 8*KILLS
TRAIN = ('train', '--data', 'fashion_mnist_small', '--width', '.0625', '--batch-size', '8', '--steps', str(STEPS), '--save-every', '1', '--log-every', '1',
         '--sample-every', '2', '--snapshot-every', '5', '--ema', '.9', '--device', 'cpu', '--threads', '1')

def start(out, **how):
    env = dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1')
    return subprocess.Popen([sys.executable, '-m', 'acgan', *TRAIN, '--out', str(out), '--resume'], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **how)

def lines(out): return (out/'log.jsonl').read_bytes().count(b'\n') if (out/'log.jsonl').exists() else 0

def test_kills_leave_no_trace(tmp_path, record_property):
    whole, killed, rng = tmp_path/'whole', tmp_path/'killed', random.Random(0)
    p = start(whole)
    text = p.communicate(timeout=300)[0]
    assert p.returncode == 0, text
    how = []
    for k in range(KILLS):
        p, before, end = start(killed), lines(killed), time.monotonic() + 120
        while p.poll() is None and lines(killed) <= before + rng.randrange(1, 4) and time.monotonic() < end: time.sleep(.002)
        time.sleep(rng.random()*.05) # somewhere in a step, or in the middle of a file's write
        sig = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)[k % 4]
        p.send_signal(sig); p.communicate(timeout=120)
        how.append(sig.name)
    p = start(killed)
    text = p.communicate(timeout=300)[0]
    assert p.returncode == 0, text
    record_property('kills', f'{KILLS} kills ({", ".join(f"{how.count(o)} {o}" for o in sorted(set(how)))}) and resumes')
    for name in ('generator', 'discriminator'):
        a, b = (read_weights(o/f'{name}.safetensors') for o in (whole, killed))
        assert a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)
    assert torch.equal(*(read_state(o/'state.pt')['rng'] for o in (whole, killed)))
    files = lambda o: sorted(str(p.relative_to(o)) for p in o.rglob('*'))
    assert files(whole) == files(killed), 'debris of half-written files'
    assert lines(whole) == lines(killed) == STEPS
