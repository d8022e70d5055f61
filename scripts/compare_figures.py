"""Compares the numbers behind the figures that were drawn here (build/figures) with the committed ones (figures), and says in
a table: same, differs by how much, or not drawn and why.

    python scripts/compare_figures.py [MODEL ...]"""
import json, math, sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
drawn, kept = root/'build'/'figures', root/'figures'
SKIP = {'time', 'version', 'weights', 'data_hash'} # of a run, not of a result
NEEDS_IMAGES = ('fig3_examples', 'fig8_neighbours', 'fig8_copy_test', 'scores_class_frechet')

def numbers(o, path=''):
    "Every number in a JSON value, by its place."
    if isinstance(o, dict):
        for k, v in o.items():
            if k not in SKIP: yield from numbers(v, f'{path}.{k}' if path else k)
    elif isinstance(o, list):
        for i, v in enumerate(o): yield from numbers(v, f'{path}[{i}]')
    elif isinstance(o, (int, float)) and not isinstance(o, bool): yield path, float(o)

def read(path): return dict(numbers(json.loads(path.read_text(encoding='utf8'))))

def said(mine, theirs):
    "One sentence on two figures' numbers."
    common = mine.keys() & theirs.keys()
    if not common: return 'other measurements'
    def apart(k):
        return (
            abs(mine[k] - theirs[k]) / max(abs(theirs[k]), 1e-3) if not math.isnan(mine[k] + theirs[k]) else 0
        )
    worst = max(common, key=apart)
    if apart(worst) <= 1e-6:
        only = len(theirs.keys() - mine.keys())
        return (
            'same'
            if not only
            else (
                f'same, but {only} numbers are missing here: real images, or a judge, are not on this machine'
            )
        )
    far = sum(apart(k) > .02 for k in common)
    if not far:
        return (
            f'same within 2 %; most apart at {worst}: {mine[worst]:.4g}, committed {theirs[worst]:.4g}'
        )
    return (
        f'differs: {far} of {len(common)} numbers by more than 2 %; most at {worst}: {mine[worst]:.4g},'
        f' committed {theirs[worst]:.4g}'
    )

def rows(models):
    for folder in sorted(p for p in kept.glob('*') if p.is_dir() and (not models or p.name in models)):
        here = drawn/folder.name
        if not here.is_dir() or not any(here.glob('*.json')): continue # not asked for
        for path in sorted(folder.glob('*.json')):
            mine = here/path.name
            if path.stem in ('claims', 'config', 'architectures'): continue # no measurements
            if mine.exists(): yield folder.name, path.stem, said(read(mine), read(path))
            elif path.stem.startswith(NEEDS_IMAGES):
                why = 'not asked for, or the real images are not on this machine'
                yield folder.name, path.stem, f'not drawn: {why}'
            else: yield folder.name, path.stem, 'not drawn'

def main(models):
    found = list(rows(models))
    if not found:
        any_here = drawn.is_dir() and any(drawn.glob('*/*.png'))
        if any_here:
            return print('\nFigures: build/figures/. None of these models has committed figures beside them.')
        return print('build/figures holds no figures yet: run make reproduce first.')
    wide = [max(len(r[i]) for r in found) for i in (0, 1)]
    print('\nNumbers of the figures drawn here, beside the committed ones:\n')
    for model, figure, text in found: print(f'  {model:{wide[0]}}  {figure:{wide[1]}}  {text}')
    print(
        '\nFigures: build/figures/ (not tracked by git). figures/ is as it was. Executed notebooks: build/.'
    )

if __name__ == '__main__': main(sys.argv[1:])
