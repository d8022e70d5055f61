"""The paper's whole experiment as a graph of files: images -> runs -> samples -> measurements -> one table and the figures.

A hundred models of ten ImageNet classes each (sections 4 and 4.6), or any other cut of any data set. Run it with `make splits` (options: the head of
the Makefile), or with snakemake itself, on this machine or on a cluster:

    snakemake -s workflows/splits.smk --cores all --resources gpu=1 --retries 3 --config data=imagenet root=/data
    snakemake -s workflows/splits.smk --profile profiles/slurm --config data=imagenet root=/data

Everything lies in runs/NAME/: plan.json, models/split_KKK/ (run folders; together an ensemble for acgan.load), samples/, measurements/, table.csv.
Run folders are no outputs of a rule: Snakemake would delete them when a job is killed, and they are what a retry goes on from."""
import dataclasses, json, os, re, subprocess, sys
from pathlib import Path

EXPERIMENT = dict(data='data set, or folder:PATH; default imagenet', root='folder that holds the data sets',
                  classes='text file, a class a line: which classes, in which order',
                  split_size='classes of a model, default 10', splits='which models: all, or 0-9,12', pack='models trained side by side in one job, default 5',
                  seed='of everything', judge='a judge by name or folder; without one only diversity is measured',
                  samples='samples of each class to measure', pairs='same-class pairs for MS-SSIM')
sys.path.insert(0, os.getcwd())
from acgan.config import TrainConfig # without torch
OWN = {'data', 'classes', 'channels', 'n_classes', 'seed'} # set for each model
TRAINING = [f.name for f in dataclasses.fields(TrainConfig) if f.name not in OWN] # any setting of a training
HERE = dict(name='of the experiment: runs/NAME', device='auto, cpu or cuda', threads='processor cores of a training job, default 4',
            runtime='minutes that a training job may take on a cluster, default 1440; it goes on in the next try')

def stop(message): raise SystemExit(f'make splits: {message}')

if unknown := set(config) - {*EXPERIMENT, *TRAINING, *HERE}:
    stop(f'there is no setting {", ".join(sorted(unknown))}. Settings are {", ".join([*EXPERIMENT, *HERE, *TRAINING])}.')
DATA = str(config.get('data', 'imagenet'))
ASKED = {k: config[k] for k in EXPERIMENT if k in config} | dict(data=DATA, training={k: config[k] for k in TRAINING if k in config})
for k in ('root', 'classes', 'judge'): # a path stays found wherever a job runs
    if k in ASKED: ASKED[k] = str(Path(str(ASKED[k])).expanduser().resolve()) if k != 'judge' or Path(str(ASKED[k])).is_dir() else str(ASKED[k])
if DATA.startswith('folder:'): ASKED['data'] = f'folder:{Path(DATA[7:]).expanduser().resolve()}'
if 'splits' in ASKED: ASKED['splits'] = str(ASKED['splits'])
called = f'{Path(DATA.removeprefix("folder:")).name}-{config.get("size", 128)}px-splits_of_{config.get("split_size", 10)}-seed{config.get("seed", 0)}'
NAME = re.sub(r'[^\w.-]+', '_', str(config.get('name') or called))
AT, FIGURES = f'runs/{NAME}', f'figures/{NAME}'
DEVICE, SPLITS = str(config.get('device', 'auto')), 'scripts/splits.py'
if not re.fullmatch(r'auto|cpu|cuda(:\d+)?', DEVICE): stop(f'device={DEVICE!r} is not possible: auto, cpu, cuda or cuda:N.')
if not re.fullmatch(r'\w[\w.-]*', NAME): stop(f'name={NAME!r} is not possible: an experiment is called by letters, digits, _ . and -.')
def whole(key, default):
    if not isinstance(config.get(key, default), int): stop(f'{key}={config[key]} is not possible: it must be a whole number.')
    return config.get(key, default)
THREADS, RUNTIME = whole('threads', 4), whole('runtime', 1440)

# ---- the plan: made, and everything about the classes checked, before the first job; the only thing that a dry run writes
plan_file = Path(AT)/'plan.json'
asked_before = json.loads((Path(AT)/'asked.json').read_text(encoding='utf8')) if plan_file.exists() and (Path(AT)/'asked.json').exists() else None
if asked_before != ASKED:
    if subprocess.run([sys.executable, SPLITS, 'plan', AT, json.dumps(ASKED)]).returncode: stop('the plan could not be made (see above). Nothing was started.')
    (Path(AT)/'asked.json').write_text(json.dumps(ASKED), encoding='utf8')
PLAN = json.loads(plan_file.read_text(encoding='utf8'))
WANTED, SIZE = PLAN['wanted'], PLAN['asked']['pack']
PACKS = {}
for pack in (WANTED[i:i + SIZE] for i in range(0, len(WANTED), SIZE)):
    ends = '-'.join(f'{k:03d}' for k in dict.fromkeys((pack[0], pack[-1])))
    PACKS[ends + (f'-n{len(pack)}' if pack[-1] - pack[0] + 1 != len(pack) else '')] = pack

# ---- a file that is gone is made again: outputs of rules are marks, since Snakemake deletes a rule's outputs before it runs it
MADE = dict(samples='safetensors', measurements='json')
for name, pack in PACKS.items() if workflow.is_main_process else ():
    for kind, ending in MADE.items():
        if any(not Path(f'{AT}/{kind}/split_{k:03d}.{ending}').exists() for k in pack): Path(f'{AT}/{kind}/{name}.done').unlink(missing_ok=True)
drawn = Path(AT)/'figures.txt'
if workflow.is_main_process and drawn.exists() and any(not Path(o).exists() for o in drawn.read_text(encoding='utf8').splitlines()): drawn.unlink()

# what a rule depends on besides files: when it changes, the rule runs again
said = lambda *keys: json.dumps({k: PLAN['asked'][k] for k in keys}, sort_keys=True)
GPU = {} if DEVICE == 'cpu' else dict(gpu=1)
numbers = lambda w: ','.join(map(str, PACKS[w.pack]))
wildcard_constraints: pack=r'\d[\dn-]+'
localrules: all

rule all:
    input: f'{AT}/table.csv', f'{AT}/figures.txt'

rule images: # a GPU should not wait for JPEGs: they are decoded by a job of their own
    output: touch(f'{AT}/data/{{pack}}.done')
    params: asked=said('data', 'root', 'classes', 'split_size') + str(config.get('size', 128)), numbers=numbers
    threads: 2
    resources: mem_mb=4000, runtime=240
    shell: 'OMP_NUM_THREADS={threads} {sys.executable:q} {SPLITS} images {AT:q} {params.numbers}'

rule train: # the models of a pack side by side on one GPU; a retry goes on from the checkpoints
    input: f'{AT}/data/{{pack}}.done'
    output: f'{AT}/packs/{{pack}}.json'
    params: asked=said('training', 'seed'), numbers=numbers
    threads: THREADS
    resources: **GPU, mem_mb=8000 + 1500*SIZE, runtime=RUNTIME
    shell: 'OMP_NUM_THREADS={threads} OMP_WAIT_POLICY=PASSIVE {sys.executable:q} {SPLITS} train {AT:q} {params.numbers} {DEVICE:q}'

rule sample:
    input: f'{AT}/packs/{{pack}}.json'
    output: touch(f'{AT}/samples/{{pack}}.done')
    params: asked=said('samples', 'seed'), numbers=numbers
    threads: 2
    resources: mem_mb=6000, runtime=240
    shell: 'OMP_NUM_THREADS={threads} {sys.executable:q} {SPLITS} sample {AT:q} {params.numbers} cpu'

rule measure:
    input: f'{AT}/samples/{{pack}}.done'
    output: touch(f'{AT}/measurements/{{pack}}.done')
    params: asked=said('pairs', 'judge', 'samples', 'seed'), numbers=numbers
    threads: 2
    resources: mem_mb=6000, runtime=240
    shell: 'OMP_NUM_THREADS={threads} {sys.executable:q} {SPLITS} measure {AT:q} {params.numbers} cpu'

rule join: # figures/ is drawn on the side, so that a failure never deletes a figure
    input: [f'{AT}/measurements/{p}.done' for p in PACKS]
    output: table=f'{AT}/table.csv', summary=f'{AT}/summary.json', figures=f'{AT}/figures.txt'
    threads: 2
    resources: mem_mb=8000, runtime=60
    shell: 'ACGAN_FIGURE_LIST={output.figures:q} OMP_NUM_THREADS={threads} {sys.executable:q} {SPLITS} join {AT:q} {FIGURES:q} > {output.summary:q}'

onsuccess:
    s = json.loads((Path(AT)/'summary.json').read_text(encoding='utf8'))
    print(f'{s["models"]} models, {s["classes"]} classes: {AT}/table.csv, figures in {FIGURES}/. Judge: {s["judge"]}.', file=sys.stderr)
    if s['stopped']: print(f'Models that were stopped before their last step, see table.csv: {", ".join(map(str, s["stopped"]))}.', file=sys.stderr)

onerror:
    print('Run the same command again once the cause is mended: what succeeded is kept, and training goes on '
          f'from the last checkpoints in {AT}/models/.', file=sys.stderr)
