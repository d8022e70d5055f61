"""scripts/gpu_table.py: runs on a CPU at tiny size, and what fails, hangs or crashes costs only itself."""
import importlib.util, json, os, subprocess, sys, time
from pathlib import Path

import pytest, torch

from acgan.training.loop import pick_precision

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope='module')
def script():
    spec = importlib.util.spec_from_file_location('gpu_table', ROOT/'scripts'/'gpu_table.py')
    module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module)
    return module


def test_it_runs_on_a_cpu(tmp_path):
    r = subprocess.run([sys.executable, ROOT/'scripts'/'gpu_table.py', '--device', 'cpu', '--quick'], cwd=tmp_path, capture_output=True, text=True,
                       env={**os.environ, 'OMP_NUM_THREADS': '1', 'OUT': str(tmp_path/'out')})
    assert r.returncode == 0, r.stderr
    got = json.loads((tmp_path/'out'/'cpu.json').read_text())
    assert not got['failed'], got['failed']
    t = got['training'][0]
    assert t['size'] == 32 and t['ratio']['plain eager fp32'] == 1
    own = {'bf16'} if pick_precision('auto', torch.device('cpu')) == 'bf16' else set() # what this processor multiplies itself
    assert {'plain channels last fp32', 'channels last fp32', *own} <= t['images_per_second'].keys() == t['share_of_peak'].keys()
    assert got['models'][0]['K'] == 2 and got['models'][0]['gain'] > 0 and got['sampling'][0]['samples_per_second'] > 0 and all(got['peak'][k] > 0 for k in ('fp32', *own))
    text = (tmp_path/'out'/'cpu.md').read_text()
    assert 'plain eager fp32' in text and 'together, images/s' in text and 'Nothing failed.' in text and text in r.stdout


def test_it_needs_no_more_than_it_says():
    "The rooms it uses import none of tyro, nbdev, fastcore, scipy, pytorch_msssim."
    code = 'import sys\nfor o in ("tyro", "nbdev", "fastcore", "scipy", "pytorch_msssim", "torch_fidelity", "IPython"): sys.modules[o] = None\nimport acgan.replication.bench'
    r = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True)
    assert r.returncode == 0, r.stderr


def test_a_failure_costs_only_itself(script, monkeypatch):
    trained = lambda rungs, bad={}: dict(size=128, images_per_second={k: 100. for k in rungs if k not in bad}, failed=dict(bad), floor=dict(flop=1, bytes=1), flop_per_second={}, share_of_peak={})
    seen = []

    class Fake:
        "Peaks measured; models crash the process; training has a step that fails with the others and works alone; sampling hangs."
        def __init__(self, device, jobs, log): self.jobs, self.said = list(jobs), []; seen.append([script.name(j) for j in jobs])
        def next(self, end):
            if self.said: return self.said.pop()
            job = self.jobs.pop(0)
            if job['kind'] == 'models': return None
            if job['kind'] == 'sampling': raise TimeoutError
            r = dict(peaks=lambda: dict(bandwidth=1.), training=lambda: trained(job.get('rungs', ('plain eager fp32', 'bf16', 'bf16, graph')), {} if 'rungs' in job else {'bf16, graph': 'CUDA error'}))[job['kind']]()
            self.said.append(['@done', json.dumps(r)])
            return ['@start', '']
        def end(self): pass

    monkeypatch.setattr(script, 'Worker', Fake)
    jobs = [dict(kind='peaks', limit=9), dict(kind='models', K=4, limit=9), dict(kind='sampling', size=32, limit=9), dict(kind='training', size=128, limit=9)]
    r = script.merged(script.run_all('cpu', jobs, time.time() + 60, None))
    assert seen == [['peaks', 'models K=4', 'sampling 32', 'training 128'], ['sampling 32', 'training 128'], ['training 128'], ['training 128 bf16, graph']]
    assert r['failed'].keys() == {'models K=4', 'sampling 32'} and 'given up' in r['failed']['sampling 32'] and 'ended' in r['failed']['models K=4']
    assert r['training'][0]['images_per_second'].keys() == {'plain eager fp32', 'bf16', 'bf16, graph'} and r['training'][0]['ratio']['bf16, graph'] == 1
    assert abs(r['imagenet']['gpu_hours'] - 5e8/100/3600) < 1
    late = script.merged(script.run_all('cpu', jobs, time.time() - 1, None))
    assert set(late['failed'].values()) == {'no time left'}
