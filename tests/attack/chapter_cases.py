"""Bad parameters of chapters, as `papermill -p` gives them: the cells run one after another here, without a kernel, until one of them refuses."""
import json, os
from pathlib import Path
from .outcome import Case

ROOT = Path(__file__).resolve().parent.parent.parent
SECTIONS = ('03_discriminability', '04_diversity', '05_joint', '06_scores', '07_overfitting', '09_all_classes')
NOT_A_COUNT = (0, -1, 10**12, float('nan'), 'many', True, [3])
BAD = dict( # parameter -> bad values
    model=('nothing here', '', 7, '/dev/null', '../..', 'a\0b'),
    data=('nothing here', 'folder:', 'folder:/nowhere', 7),
    judge=('nothing here', 7, '/dev/null'),
    second_model=('nothing here', 7),
    network=('nothing here', 'inception:/nowhere', 7),
    samples_per_class=NOT_A_COUNT, samples=NOT_A_COUNT, pairs=(*NOT_A_COUNT, 'al'), splits=NOT_A_COUNT, searched=NOT_A_COUNT,
    by_features=NOT_A_COUNT, swaps=NOT_A_COUNT, steps=NOT_A_COUNT,
    seed=(-1, 2**64, 1.5, 'one', None, True),
    device=('gpu', 'cuda:x', 'meta', 7),
    antialias=('yes', 2),
    out=('/dev/null', '/proc/nowhere/figures', 7),
)

def cells(name): # (texts before the parameters and they themselves, their values by name, texts after)
    found = json.loads((ROOT/'nbs'/f'{name}.ipynb').read_text(encoding='utf8'))['cells']
    code = [(''.join(c['source']), 'parameters' in c['metadata'].get('tags', [])) for c in found if c['cell_type'] == 'code']
    at = next(i for i, (_, it) in enumerate(code) if it)
    values = {}
    exec(code[at][0], values)
    return [t for t, _ in code[:at + 1]], {k: v for k, v in values.items() if k != '__builtins__'}, [t for t, _ in code[at + 1:] if 'eval: false' not in t]

def run(before, after, **parameters):
    space = {'__name__': '__main__', 'display': lambda *_: None}
    for text in before: exec(text, space)
    space.update(parameters)
    for text in after: exec(text, space)

def chapter_cases(): # small numbers, so that what is accepted by mistake is found out soon
    small = dict(samples_per_class=3, samples=200, pairs=3, searched=200, by_features=200, swaps=2, steps=2, data='fashion_mnist_small')
    some = 1 if os.environ.get('ACGAN_SLOW') == '1' else 3 # of each parameter every third value, another one in each chapter
    for at, name in enumerate(SECTIONS):
        before, have, after = cells(name)
        usual = {k: v for k, v in small.items() if k in have}
        for k in have:
            for bad in BAD.get(k, ())[at%some::some]:
                word = () if k in ('model', 'data', 'judge', 'second_model', 'network', 'out') else (k,)
                yield Case(f'{name} {k}={bad!r}', lambda b=before, a=after, p=usual | {k: bad}: run(b, a, **p), word)
