"""The paper as a graph of files: (training ->) model -> one executed notebook per section, which draws that section's figures.

Run it with `make reproduce` (options: the head of the Makefile) or `snakemake --cores all`. On a cluster the same file runs with `--executor slurm`.
Targets are the executed notebooks in build/. Figures are drawn into build/figures/ on the side, so a failure never deletes one, and the
committed figures/ stay as they are (ACGAN_FIGURES=figures draws there, for maintainers). A notebook runs again when it, the package, its
model or the committed data changed, or when a figure it drew is gone. Many models of a few classes each: workflows/splits.smk."""
import functools, hashlib, json, re, shlex, sys
from pathlib import Path
from acgan.config import PRESETS
from acgan.data.sources import find, KNOWN as SETS

KNOWN = dict(model='shipped model or run folder', models='several of them, with commas', notebooks='numbers of sections, e.g. 03,04', device='auto, cpu or cuda',
             real='real images to lay beside the samples; default the embedded ones for shipped models, else what the model was trained on',
             judge='a judge by name or folder, for models whose data has none shipped', second_model='a model of half the size, shipped or a run folder, for figure 2',
             train='true: train first', data='data set to train on', preset='settings to start from', steps='minibatches', size='side of the images', batch_size='images a minibatch', seed='of the training', name='of the run')

def stop(message): raise SystemExit(f'make reproduce: {message}')

if unknown := set(config) - set(KNOWN):
    stop(f'there is no setting {", ".join(sorted(unknown))}. Settings are {", ".join(KNOWN)}.')
def listed(key): # values with commas or spaces between them; a folder's name may have spaces itself
    text = str(config.get(key, ''))
    if text and '\0' not in text and Path(text).is_dir(): return [text]
    return [o for o in re.split(r'[,\s]+', text) if o]
TRAIN = str(config.get('train', 'false')).lower() in ('true', '1', 'yes')
if not TRAIN and (idle := {'data', 'preset', 'steps', 'size', 'batch_size', 'seed', 'name'} & set(config)):
    stop(f'{", ".join(sorted(idle))} says how to train: add train=true, or leave it out.')
DEVICE = str(config.get('device', 'auto'))
if not re.fullmatch(r'auto|cpu|cuda(:\d+)?', DEVICE): stop(f'device={DEVICE!r} is not possible: auto, cpu, cuda or cuda:N.')

for key in ('steps', 'size', 'batch_size', 'seed'):
    if not re.fullmatch(r'\d{1,12}', str(config.get(key, 0))): stop(f'{key}={config[key]!r} is not possible: it must be a whole number.')
if 'preset' in config and config['preset'] not in PRESETS: stop(f'preset={config["preset"]!r} is not possible: choose one of {", ".join(PRESETS)}.')
if not re.fullmatch(r'folder:.+', str(config.get('data', 'folder:.')), re.S) and config['data'] not in SETS:
    stop(f'data={config["data"]!r} is not possible: choose one of {", ".join(SETS)}, or folder:PATH.')

# ---- models: name -> folder
def cards(folder): # its config.json, or those of an ensemble's models
    return next((found for o in ('config.json', '*/config.json', 'models/*/config.json') if (found := sorted(folder.glob(o)))), [])

SHIPPED = {p.parent.name: p.parent for p in sorted(Path('data/pretrained').glob('*/config.json')) if (p.parent/'generator.safetensors').exists()}
# drawn when named; the first two also when Imagenette's images are here: a network of ImageNet judges tens of thousands of images
LARGE = ('imagenette128', 'imagenette64', 'imagenette128_pretrained', 'imagenette64_modern', 'imagenette64_literal', 'imagenette32',
         'cifar10_modern')
if TRAIN:
    if not {'data', 'preset'} & set(config): stop('train=true needs data=NAME, e.g. data=fashion_mnist.')
    if listed('model') + listed('models'): stop('either model=... or train=true: a trained model is called by name=...')
    parts = [str(config.get(k, '')) for k in ('preset', 'data', 'steps')] + [f'{k}{config[k]}' for k in ('size', 'batch_size', 'seed') if k in config]
    RUN = re.sub(r'[^\w.-]+', '_', str(config.get('name') or '_'.join(o for o in parts if o)))
    if not re.fullmatch(r'\w[\w.-]*', RUN): stop(f'name={RUN!r} is not possible: a run is called by letters, digits, _ . and -.')
    MODELS = {RUN: Path('runs')/RUN}
else:
    MODELS = {}
    here = find('imagenette') is not None
    if not here and not listed('model') + listed('models') and set(LARGE) & set(SHIPPED):
        waiting = [o for o in LARGE[:2] if o in SHIPPED] or [o for o in LARGE if o in SHIPPED]
        print(f'make reproduce: {" and ".join(waiting)} {"are" if len(waiting) > 1 else "is"} not drawn, since the images of Imagenette are not here;'
              f' figures/ and data/reference/ hold what was measured beside them. CONFIG="model={waiting[0]}" draws what can be drawn without them.', file=sys.stderr)
    for o in listed('model') + listed('models') or [m for m in SHIPPED if m not in LARGE or here and m in LARGE[:2]]: # the half as large one is the second curve
        folder = SHIPPED.get(o, Path(o))
        if not cards(folder):
            stop(f'there is no model {o}. Shipped: {", ".join(SHIPPED) or "none"}; or name a run folder (runs/...), or train one: CONFIG="data=fashion_mnist train=true steps=500".')
        name = folder.resolve().name
        if name in MODELS or name in SHIPPED and SHIPPED[name].resolve() != folder.resolve():
            stop(f'two models are called {name}, and their figures would overwrite each other: rename the folder {folder}.')
        MODELS[name] = folder
if 'notebooks' in MODELS: stop('a model may not be called notebooks: build/notebooks/ holds the walk-through.')

# ---- notebooks: those with models of their own (00 to 02, 08, 10, 12, 13) run once, the sections (03 to 07, 09) once a model
ALL = {p.stem: p for p in sorted(Path('nbs').glob('[0-9][0-9]_*.ipynb'))}
if odd := [o for o in listed('notebooks') if not re.fullmatch(r'\d{1,2}', o)]: stop(f'notebooks={odd[0]!r} is not possible: give numbers, e.g. 03,04.')
WANTED = [f'{int(o):02d}' for o in listed('notebooks')]
if bad := [o for o in WANTED if not any(n.startswith(o) and int(o) != 11 for n in ALL)]:
    stop(f'there is no notebook {", ".join(bad)}. There are {", ".join(n for n in ALL if int(n[:2]) != 11)}.')
chosen = lambda low, high: [n for n in ALL if low <= int(n[:2]) <= high and (not WANTED or n[:2] in WANTED)]
WALK, SECTIONS = chosen(0, 2) + chosen(8, 8) + chosen(10, 10) + chosen(12, 13), chosen(3, 7) + chosen(9, 9)
own = TRAIN or listed('model') + listed('models') # a model of somebody's own: only what concerns it
if own and not WANTED and not set(MODELS) & set(SHIPPED): WALK = []
if not MODELS: print('make reproduce: no shipped model in data/pretrained yet, so only the walk-through notebooks run.', file=sys.stderr)

PACKAGE = [str(p) for p in sorted(Path('acgan').rglob('*.py')) if p.name != '_modidx.py']
DATA = [str(p) for p in sorted(Path('data').rglob('*')) if p.is_file() and not set(p.parents) & set(SHIPPED.values())]
PARTS = ('config.json', 'generator.safetensors', 'discriminator.safetensors')

def model_argument(wildcards): # a shipped model goes by its name; a run folder by its path from nbs/, where notebooks run
    folder = MODELS[wildcards.model]
    return wildcards.model if folder in SHIPPED.values() else str(folder if folder.is_absolute() else Path('..')/folder)

@functools.cache
def content(*files): # what is in them: a notebook is drawn again when that changes, not when a file was touched
    h = hashlib.sha256()
    for o in files: h.update(f'{o} {hashlib.sha256(Path(o).read_bytes()).hexdigest()} '.encode())
    return h.hexdigest()[:16]

EMBEDDED = dict(fashion_mnist='fashion_mnist_small')  # so that figures come out alike on every machine, whatever sets are installed there

def about(folder): return json.loads((folder/'config.json').read_text()).get('config', {}) if folder in SHIPPED.values() else {}

def half_as_large(folder): # the shipped model of half the size on the same images: figure 2's second curve
    mine = about(folder)
    same = lambda o: o and (o['data'], o['classes'], 2*o['size'], o.get('network')) == (mine['data'], mine['classes'], mine['size'], mine.get('network'))
    return next((name for name, other in SHIPPED.items() if mine and same(about(other))), None)

def real_argument(wildcards): # -p data ..., or nothing: the notebook then takes what the model was trained on
    folder = MODELS[wildcards.model]
    name = config.get('real') or EMBEDDED.get(about(folder).get('data'))
    path = lambda o: str(Path(o).resolve()) if Path(str(o)).is_dir() else o
    second = path(config['second_model']) if config.get('second_model') else half_as_large(folder)
    extra = dict(data=name, second_model=second if wildcards.nb.startswith('03') else None, judge=path(config['judge']) if config.get('judge') and wildcards.nb[:2] in ('03', '05', '07') else None)
    return ' '.join(f'-p {k} {shlex.quote(str(v))}' for k, v in extra.items() if v)

def model_files(wildcards):
    folder = MODELS[wildcards.model]
    return [str(folder/'trained.txt')] if TRAIN else [str(c.parent/o) for c in cards(folder) for o in PARTS if (c.parent/o).exists()]

def made_of(wildcards): # a model in training has its mark as an input, and no weights yet
    files = [] if TRAIN else model_files(wildcards)
    return content(f'nbs/{wildcards.nb}.ipynb', *PACKAGE, *DATA, *files)

def earlier(wildcards): # chapter 09 holds the claims table, made from the figures of the sections before it
    return [f'build/{wildcards.model}/{n}.ipynb' for n in SECTIONS if n < wildcards.nb] if wildcards.nb.startswith('09') else []

# ---- a figure that is gone is drawn again: without its list a notebook counts as not run
for figures in Path('build').glob('*/*.figures.txt'):
    if any(not Path(o).exists() for o in figures.read_text(encoding='utf8').splitlines()): figures.unlink()

localrules: all

rule all:
    input:
        [f'build/notebooks/{n}{o}' for n in WALK for o in ('.ipynb', '.figures.txt')],
        [f'build/{m}/{n}{o}' for m in MODELS for n in SECTIONS for o in ('.ipynb', '.figures.txt')]

rule walk_through:
    input: nb=ancient('nbs/{nb}.ipynb'), package=ancient(PACKAGE), data=ancient(DATA)
    params: made_of=lambda w: content(f'nbs/{w.nb}.ipynb', *PACKAGE, *DATA)
    output: nb='build/notebooks/{nb}.ipynb', figures='build/notebooks/{nb}.figures.txt'
    wildcard_constraints: nb=r'(0[0-28]|1[023])_\w+'
    threads: 1 # two notebooks of one thread are done sooner than one after the other with two
    resources: mem_mb=4000, runtime=60
    shell: 'OMP_NUM_THREADS={threads} {sys.executable:q} scripts/run_notebook.py {input.nb:q} {output.nb:q}'

rule section:
    input: nb=ancient('nbs/{nb}.ipynb'), package=ancient(PACKAGE), data=ancient(DATA), model=ancient(model_files), earlier=earlier
    output: nb='build/{model}/{nb}.ipynb', figures='build/{model}/{nb}.figures.txt'
    wildcard_constraints: nb=r'0[4-79]_\w+', model=r'[^/]+'
    params: model=model_argument, device=DEVICE, real=real_argument, made_of=made_of
    threads: 1 # two notebooks of one thread are done sooner than one after the other with two
    resources: mem_mb=8000, runtime=120
    shell: 'OMP_NUM_THREADS={threads} {sys.executable:q} scripts/run_notebook.py {input.nb:q} {output.nb:q} -p model {params.model:q} -p device {params.device:q} {params.real}'

use rule section as longest_section with: # chapter 03 judges the most images: begun first, so that the rest goes on beside it
    wildcard_constraints: nb=r'03_\w+', model=r'[^/]+'
    priority: 1

if TRAIN:
    rule train: # the run folder is no output of the rule: Snakemake would delete it when training is interrupted, and it is what training goes on from
        message: f'training {RUN}: see runs/{RUN}/log.jsonl'
        output: f'runs/{RUN}/trained.txt'
        params:
            options=' '.join(f'--{k.replace("_", "-")} {shlex.quote(str(config[k]))}' for k in ('preset', 'data', 'steps', 'size', 'batch_size', 'seed') if k in config) + f' --device {shlex.quote(DEVICE)}'
        threads: workflow.cores or 1
        resources: mem_mb=16000, runtime=1440
        shell: '{sys.executable:q} scripts/train_model.py runs/{RUN} {params.options}'

onerror:
    reports = sorted(Path('build').glob('*/failed/*.txt'))
    print('\n' + '\n'.join(p.read_text(encoding='utf8') for p in reports) + 'Run `make reproduce` again once the cause is mended: what succeeded is kept.', file=sys.stderr)
