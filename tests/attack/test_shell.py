"""What a pipeline is given never reaches a shell as more than one quoted word: $(...), backticks, quotes, ; and newlines through every setting."""
import os, re, shlex, subprocess, sys
from pathlib import Path
import pytest

ROOT = Path(__file__).resolve().parents[2]
SLOW = os.environ.get('ACGAN_SLOW') == '1'
HOSTILE = ('$(touch pwned)', '`touch pwned`', 'a; touch pwned', "a'b\"; touch pwned #", 'a\ntouch pwned', '../x', '--help', '{input}', 'a && touch pwned')
TRAINING, DRAWING = ('data', 'preset', 'steps', 'size', 'batch_size', 'seed', 'name', 'device'), ('model', 'models', 'notebooks', 'real', 'judge', 'second_model', 'device')

def snakemake(file, *config, run=False):
    how = ['--cores', '1', '--nolock', '--quiet', 'host', 'progress', *([] if run else ['-n', '-p']), '--config', *config]
    r = subprocess.run([sys.executable, '-m', 'snakemake', '-s', file, *how], cwd=ROOT, capture_output=True, text=True, timeout=300,
                       env=dict(os.environ, PYTHONPATH=str(ROOT)))
    return r.returncode, r.stdout + r.stderr

def cases():
    for k, key in enumerate((*(('train=true', o) for o in TRAINING), *((None, o) for o in DRAWING))):
        for j, value in enumerate(HOSTILE):
            if SLOW or j == k % len(HOSTILE) and k % 2 == 0: yield key[0], key[1], value

@pytest.mark.parametrize('train,key,value', list(cases()))
def test_settings_are_refused_or_quoted(train, key, value):
    given = [train, 'data=fashion_mnist'] if train and key not in ('data', 'preset') else [train] if train else ['notebooks=04'] if key != 'notebooks' else []
    if not train and key not in ('model', 'models'): given.append('model=fashion_mnist')
    code, text = snakemake('Snakefile', *given, f'{key}={value!r}' if value.strip() != value else f'{key}={value}')
    assert not (ROOT/'pwned').exists()
    if code:
        assert 'Traceback' not in text and re.search(r'make reproduce: .{20,}|[Ee]rror.*config', text), text[-800:]
        return
    commands = re.findall(r'OMP_NUM_THREADS=.*|\S*python\S* scripts/train_model.py [^\n]*', text)
    for o in commands: # one word of the command, or not in it at all
        assert value not in o.replace('fashion_mnist', '') or value in shlex.split(o), o

def test_nothing_is_run(tmp_path):
    code, text = snakemake('Snakefile', 'train=true', 'data=folder:$(touch pwned)', 'name=attack_shell', 'steps=1', 'notebooks=04', run=True)
    try: assert code and not (ROOT/'pwned').exists() and 'does not exist' in text
    finally: subprocess.run(['rm', '-rf', ROOT/'runs'/'attack_shell', ROOT/'pwned'])

@pytest.mark.parametrize('config', [('device=$(touch pwned)',), ('name=$(touch pwned)', 'data=$(touch pwned)'), ('data=fashion_mnist_small', 'size=32', 'splits=0-99999999999'),
                                    ('data=fashion_mnist_small', 'size=32', 'split_size=5', 'classes=/dev/zero'), ('data=fashion_mnist_small', 'size=32', 'split_size=5', 'judge=nothing'),
                                    ('data=fashion_mnist_small', 'size=32', 'split_size=5', 'seed=99999999999')][:None if SLOW else 6])
def test_splits_refuse_before_anything_is_trained(config):
    code, text = snakemake('workflows/splits.smk', *config)
    assert code and not (ROOT/'pwned').exists() and 'Traceback' not in text and re.search(r'(make splits|is not possible|There is no|splits|name a text file)', text), text[-800:]
    for o in (ROOT/'runs').glob('*touch_pwned*'): o.rmdir() if not any(o.iterdir()) else None

def test_kubernetes_jobs_carry_words(monkeypatch, tmp_path):
    "What the profile hands to kubectl is JSON on its input; whatever stands in the environment stays one word in it."
    import importlib.util, json
    spec = importlib.util.spec_from_file_location('k8s_job', ROOT/'profiles'/'kubernetes'/'job.py')
    job = importlib.util.module_from_spec(spec); spec.loader.exec_module(job)
    for bad in HOSTILE:
        env = dict.fromkeys(('ACGAN_IMAGE', 'ACGAN_CLAIM', 'ACGAN_MOUNT', 'ACGAN_DATA'), bad)
        made = json.loads(json.dumps(job.manifest(bad, dict(rule=bad, resources=dict(runtime=5)), env, tmp_path)))
        pod = made['spec']['template']['spec']
        assert pod['containers'][0]['command'] == ['/bin/sh', bad] and pod['containers'][0]['image'] == bad
        assert re.fullmatch(r'acgan-[a-z0-9-]*', made['metadata']['generateName'])
        seen = []
        monkeypatch.setattr(job.subprocess, 'run', lambda args, **k: seen.append(args) or subprocess.CompletedProcess(args, 0, '', ''))
        monkeypatch.setenv('ACGAN_NAMESPACE', bad)
        job.main('cancel', bad)
        assert seen[-1][:3] == ['kubectl', '--namespace', bad] and seen[-1][-1] == bad # a list: no shell reads it
