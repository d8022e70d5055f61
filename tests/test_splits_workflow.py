"""The workflow of class splits on a made-up ImageNet of 1,000 class folders: which jobs there are; a few models end to end, killed and gone on with."""
import csv, importlib.util, json, os, re, shutil, signal, subprocess, sys, time
from pathlib import Path
import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
TINY = dict(name='tiny', size=32, splits='0-2', pack=2, steps=40, width=.0625, batch_size=10, samples=10, pairs=6, device='cpu', threads=1,
            log_every=4, save_every=4)

@pytest.fixture(scope='module')
def fake(tmp_path_factory):
    "Folder that holds imagenet/train/<wnid> for 1,000 wnids, four noise images each, links to forty files."
    top = tmp_path_factory.mktemp('data'); rng = np.random.default_rng(0)
    (top/'files').mkdir()
    files = [top/'files'/f'{i}.JPEG' for i in range(40)]
    for f in files: Image.fromarray(rng.integers(0, 256, (36, 36, 3), dtype=np.uint8)).save(f)
    for k in range(1000):
        d = top/'imagenet'/'train'/f'n{k + 1000000:08d}'; d.mkdir(parents=True)
        for j in range(4): os.link(files[(k + 7*j) % 40], d/f'{j}.JPEG')
    return top

@pytest.fixture(scope='module')
def place(tmp_path_factory):
    top = tmp_path_factory.mktemp('place')
    for o in ('workflows', 'scripts'): shutil.copytree(ROOT/o, top/o, ignore=shutil.ignore_patterns('__pycache__'))
    return top

def command(place, *args, **config):
    return ([sys.executable, '-m', 'snakemake', '-s', 'workflows/splits.smk', '--cores', '2', '--resources', 'gpu=1', '--rerun-incomplete', '--keep-going',
             '--nocolor', *args, '--config', *(f'{k}={v}' for k, v in config.items())],
            dict(cwd=place, env={**os.environ, 'PYTHONPATH': str(ROOT), 'OMP_NUM_THREADS': '1', 'ACGAN_CACHE': str(place/'cache')}))

def run(place, *args, ok=True, **config):
    line, how = command(place, *args, **config)
    r = subprocess.run(line, capture_output=True, text=True, timeout=900, **how)
    assert (r.returncode == 0) == ok, r.stdout + r.stderr
    return r.stdout + r.stderr

def test_a_dry_run_lists_the_whole_experiment(fake, place):
    "1,000 classes, 100 models of ten, five to a GPU: the paper's experiment."
    text = run(place, '-n', data='imagenet', root=fake)
    counts = {n: int(c) for n, c in re.findall(r'^(\w+)\s+(\d+)$', text, re.M)}
    assert counts == dict(images=20, train=20, sample=20, measure=20, join=1, all=1, total=82)
    train = text[text.index('rule train'):]
    assert 'gpu=1' in train[:train.index('\n\n')]
    plan = json.loads((place/'runs/imagenet-128px-splits_of_10-seed0/plan.json').read_text())
    assert len(plan['wanted']) == len(plan['splits']) == 100 and plan['splits']['99'] == [f'n{k + 1000000:08d}' for k in range(990, 1000)]
    few = run(place, '-n', data='imagenet', root=fake, splits='0-9,50', pack=4, device='cpu', name='few')
    assert re.search(r'^train\s+3$', few, re.M) and re.search(r'^sample\s+3$', few, re.M) and 'gpu=1' not in few[few.index('rule train'):]

def read_log(folder): return [l for l in (folder/'log.jsonl').read_text().splitlines() if l.endswith('}')] if (folder/'log.jsonl').exists() else []

def test_models_end_to_end_killed_and_gone_on_with(fake, place):
    "The trainer of the first two models is killed; the same command again goes on from their checkpoints, and all three end in one table."
    line, how = command(place, data='imagenet', root=fake, **TINY)
    first = place/'runs/tiny/models/split_000'
    with open(place/'said.txt', 'w') as said: p = subprocess.Popen(line, stdout=said, stderr=subprocess.STDOUT, **how)
    text, end = (lambda: (place/'said.txt').read_text()), time.time() + 600
    while len(before := read_log(first)) < 3 or not (first/'config.json').exists():
        assert p.poll() is None and time.time() < end, text()
        time.sleep(.02)
    os.kill(json.loads((first/'.lock').read_text())['pid'], signal.SIGKILL)
    assert p.wait(300) != 0 and 'Run the same command again' in text()
    saved = json.loads((first/'config.json').read_text())['step']
    assert 4 <= saved < 40, 'the job ended before it could be killed: give it more steps'
    assert not (place/'runs/tiny/packs/000-001.json').exists() and not (place/'runs/tiny/table.csv').exists()

    text = run(place, data='imagenet', root=fake, **TINY)
    assert '3 models, 30 classes' in text and 'only diversity was measured' in text
    for k in range(3): assert [json.loads(l)['step'] for l in read_log(place/f'runs/tiny/models/split_00{k}')] == list(range(4, 41, 4))
    kept = [l for l in before if json.loads(l)['step'] <= saved]
    assert kept and read_log(first)[:len(kept)] == kept # to the letter, with the first try's images per second: not done again
    rows = list(csv.DictReader((place/'runs/tiny/table.csv').open()))
    assert [r['wnid'] for r in rows] == [f'n{k + 1000000:08d}' for k in range(30)] and rows[0]['class'] == 'tench'
    assert all(r['step'] == '40' and r['accuracy'] == '' and 0 <= float(r['ms_ssim']) <= 1 for r in rows)
    assert all((place/f'figures/tiny/{n}.png').stat().st_size > 1000 for n in ('splits_fig4_scatter', 'splits_classes'))
    import acgan # all of them as one generator
    whole = acgan.load(place/'runs/tiny', 'cpu')
    assert len(whole.class_names) == 30 and tuple(whole.sample([0, 29], seed=0).shape) == (2, 3, 32, 32)

    figure, weights = place/'figures/tiny/splits_classes.png', (first/'generator.safetensors').stat().st_mtime_ns
    figure.unlink() # drawn again, and nothing else is done
    text = run(place, data='imagenet', root=fake, **TINY)
    assert figure.exists() and re.search(r'^join\s+1$', text, re.M) and not re.search(r'^(train|sample|measure)\s', text, re.M)
    assert (first/'generator.safetensors').stat().st_mtime_ns == weights

def test_wrong_input_is_a_sentence_and_starts_nothing(fake, place):
    "Before any job: a setting that does not exist, a size that does not divide, a class without images, one named twice."
    (place/'classes.txt').write_text('tench\ngoldfish\nn01000000\n')
    empty = fake/'imagenet/train/n01000005'; kept = fake/'kept'
    for says, config in (('there is no setting modle. Settings are data,', dict(modle=3)),
                         ('1000 classes cannot be cut into splits of 7: 6 would be left over', dict(split_size=7)),
                         ("Class 'tench' was asked for twice", dict(classes='classes.txt', split_size=1)),
                         ('1 of 10 classes have no training images on disk', dict(splits=0)),
                         ('ImageNet has 1000 classes and', dict(splits=0))):
        if 'on disk' in says: empty.rename(kept); empty.mkdir()
        if 'ImageNet has' in says: empty.rmdir()
        text = run(place, '-n', ok=False, data='imagenet', root=fake, name='wrong', **config)
        assert says in text and 'Traceback' not in text and 'rule train' not in text, text
    kept.rename(empty)

def test_jobs_of_one_machine_take_different_gpus(tmp_path):
    spec = importlib.util.spec_from_file_location('splits_script', ROOT/'scripts'/'splits.py')
    script = importlib.util.module_from_spec(spec); spec.loader.exec_module(script)
    taken = script.own_gpu
    with taken('auto', tmp_path, 1) as d: assert d == 'auto' # one GPU, as a batch system shows it: nothing to choose
    with taken('cpu', tmp_path, 8) as d: assert d == 'cpu'
    with taken('auto', tmp_path, 2) as a, taken('auto', tmp_path, 2) as b:
        assert (a, b) == ('cuda:0', 'cuda:1')
        with pytest.raises(SystemExit, match='All 2 GPUs'), taken('auto', tmp_path, 2): pass
    with taken('cuda', tmp_path, 2) as d: assert d == 'cuda:0'

KUBECTL = """#!{python}
import json, os, subprocess, sys
from pathlib import Path
jobs = Path(os.environ['FAKE_JOBS']); jobs.mkdir(exist_ok=True)
if sys.argv[1] == 'create':
    job, name = json.load(sys.stdin), f'job.batch/fake-{{len(list(jobs.glob("*.json")))}}'
    (jobs/(name.split('/')[1] + '.json')).write_text(json.dumps(job)); print(name)
    c = job['spec']['template']['spec']['containers'][0]
    done = subprocess.run(c['command'], cwd=c['workingDir'], env=os.environ | {{e['name']: e['value'] for e in c['env']}}, capture_output=True)
    (jobs/name.split('/')[1]).write_text('Complete=True' if done.returncode == 0 else 'Failed=True')
elif sys.argv[1] == 'get': print((jobs/sys.argv[2].split('/')[1]).read_text())
"""

def test_the_kubernetes_profile_with_a_stand_in_for_kubectl(tmp_path):
    "The commands of the profile around real jobs; what would be sent to a cluster asks for the volume, the memory and the GPU."
    pytest.importorskip('snakemake_executor_plugin_cluster_generic', reason='snakemake-executor-plugin-cluster-generic is not installed')
    for o in ('workflows', 'scripts', 'profiles'): shutil.copytree(ROOT/o, tmp_path/o, ignore=shutil.ignore_patterns('__pycache__'))
    fake = tmp_path/'bin'/'kubectl'; fake.parent.mkdir(); fake.write_text(KUBECTL.format(python=sys.executable)); fake.chmod(0o755)
    env = {**os.environ, 'PATH': f'{fake.parent}:{Path(sys.executable).parent}:{os.environ["PATH"]}', 'FAKE_JOBS': str(tmp_path/'jobs'), 'OMP_NUM_THREADS': '1',
           'PYTHONPATH': os.pathsep.join([str(ROOT), os.environ.get('PYTHONPATH', '')]), 'ACGAN_CACHE': str(tmp_path/'cache'),
           'ACGAN_IMAGE': 'python:3.12', 'ACGAN_CLAIM': 'acgan', 'ACGAN_MOUNT': str(tmp_path)}
    settings = dict(data='fashion_mnist_small', name='one', size=32, split_size=5, splits=0, pack=1, steps=2, batch_size=10, width=.0625, samples=10, pairs=10, threads=1)
    line = [sys.executable, '-m', 'snakemake', '-s', 'workflows/splits.smk', '--profile', 'profiles/kubernetes', '--latency-wait', '5', '--seconds-between-status-checks', '1',
            '--config', *(f'{k}={v}' for k, v in settings.items())]
    r = subprocess.run(line, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=900)
    assert r.returncode == 0 and len((tmp_path/'runs/one/table.csv').read_text().splitlines()) == 6, r.stdout + r.stderr
    jobs = {j['metadata']['generateName']: j['spec'] for j in (json.loads(f.read_text()) for f in (tmp_path/'jobs').glob('*.json'))}
    assert jobs.keys() == {f'acgan-{o}-' for o in ('images', 'train', 'sample', 'measure', 'join')}
    limits = {k: v['template']['spec']['containers'][0]['resources']['limits'] for k, v in jobs.items()}
    assert limits['acgan-train-'] == {'memory': '9500M', 'nvidia.com/gpu': '1'} and 'nvidia.com/gpu' not in limits['acgan-join-']
    assert jobs['acgan-train-']['activeDeadlineSeconds'] == 86400 and jobs['acgan-train-']['template']['spec']['volumes'][0]['persistentVolumeClaim'] == dict(claimName='acgan')
    bare = subprocess.run([sys.executable, 'profiles/kubernetes/job.py', 'submit', 'scripts/splits.py'], cwd=tmp_path, env={k: v for k, v in env.items() if k != 'ACGAN_IMAGE'}, capture_output=True, text=True)
    assert bare.returncode == 1 and 'ACGAN_IMAGE is not set' in bare.stderr
