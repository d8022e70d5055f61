"""Bad command lines."""
import os
from acgan import cli
from .outcome import Case

def run(*argv): return cli.main([str(a) for a in argv])

NUMBERS = ('x', 'nan', 'inf', '-1', '1e30', '99999999999999999999999', '', '1.5.2', '٣x')

def train_cases(tmp):
    options = ('steps', 'batch-size', 'z-dim', 'width', 'd-width', 'dropout', 'leaky-slope', 'input-noise', 'input-shift',
                   'g-lr', 'd-lr', 'lr-decay', 'beta1', 'beta2', 'g-class-weight', 'ema', 'seed', 'log-every', 'sample-every',
                   'save-every', 'snapshot-every', 'threads', 'size', 'channels', 'n-classes', 'up-kernel')
    some = 1 if os.environ.get('ACGAN_SLOW') == '1' else 3 # of each option every third value, another one each time
    for k, option in enumerate(options):
        for v in NUMBERS[k % some::some]:
            # without images: what is wrong has to be said before they are read
            yield Case(f'train --{option} {v!r}', lambda o=option, v=v: run('train', '--data', 'fashion_mnist_small', f'--{o}={v}', '--out', tmp/'r'), (option,) if v else ())
    for option, v in (('data', ''), ('data', 'nothing'), ('data', 'folder:'), ('data', 'folder:/nowhere'), ('preset', 'nothing'), ('preset', ''),
                      ('g-loss', 'x'), ('network', 'x'), ('precision', 'fp8'), ('kernels', 'x'), ('launch', 'x'), ('stem', 'x'),
                      ('z-distribution', 'x'), ('device', 'mps'), ('device', 'meta'), ('device', 'cpu:7'), ('device', ''), ('device', 'cuda:9'),
                      ('classes', 'nobody'), ('classes', '99'), ('root', '/nowhere/at/all'), ('activation-noise', 'x'), ('activation-noise', '-1'),
                      ('out', ''), ('out', '.'), ('out', '..'), ('out', '/'), ('out', __file__)):
        extra = ['--out', tmp/'r'] if option != 'out' else []
        data = ['--data', 'fashion_mnist_small'] if option != 'data' else []
        if option == 'root': data = ['--data', 'fashion_mnist']
        yield Case(f'train --{option} {v!r}', lambda o=option, v=v, e=extra, d=data: run('train', *d, f'--{o}', v, *e))
    small = ('train', '--data', 'fashion_mnist_small', '--width', '.0625', '--steps', '1', '--batch-size', '4')
    yield Case('train --n-classes against the data', lambda: run(*small, '--n-classes', '5', '--out', tmp/'n'), ('n-classes', '5', '10'))
    yield Case('train --channels against the data', lambda: run(*small, '--channels', '3', '--out', tmp/'n'), ('channels', '3', '1'))
    yield Case('train without --resume beside a file', lambda: run(*small, '--out', tmp), (str(tmp),))

def command_cases(model, tmp):
    png = tmp/'s.png'
    for v in ('0', '-1', 'x', '1.5', '1000000000000', ''): yield Case(f'sample --n {v!r}', lambda v=v: run('sample', '--model', model, '--out', png, '--n', v))
    for v in ('-1', '18446744073709551616', 'x', '1e10'): yield Case(f'sample --seed {v!r}', lambda v=v: run('sample', '--model', model, '--out', png, '--seed', v))
    for v in ('', ',', 'nobody', '99', '-1', '0,0'): yield Case(f'sample --classes {v!r}', lambda v=v: run('sample', '--model', model, '--out', png, '--classes', v))
    for v in ('', '.', '/', tmp, 'x.jpg', '/dev/null/x.png'): yield Case(f'sample --out {str(v)!r}', lambda v=v: run('sample', '--model', model, '--out', v))
    for v in ('', 'nothing', '/', '/dev/zero', 'cifar10_features'): yield Case(f'sample --model {v!r}', lambda v=v: run('sample', '--model', v, '--out', png))
    for o, vs in (('samples-per-class', ('0', '1', '-1', 'x', '1000000000000')), ('pairs', ('0', '-1', 'x', '1.5', '1000000000000')),
                  ('seed', ('-1', '18446744073709551616', 'x')), ('judge', ('', 'nothing', '/', model)), ('data', ('', 'nothing', 'folder:/nowhere', 'cifar10x')),
                  ('root', ('/nowhere/at/all',)), ('out', ('/dev/null/x.json', '/', '')), ('device', ('mps', 'x', 'cpu:7'))):
        for v in vs: yield Case(f'evaluate --{o} {str(v)!r}', lambda o=o, v=v: run('evaluate', '--model', model, f'--{o}={v}'))
    for o, vs in (('epochs', ('-1', '0', 'x')), ('lr', ('nan', 'inf', '-1', '0')), ('crop', ('0', '2', 'nan', '-1')), ('cutout', ('-1', '99')), ('seed', ('-5', '18446744073709551616')),
                  ('width', ('0', '-1', '1000000000')), ('widths', ('0', '1000000000')), ('stem', ('x',)), ('size', ('0', '33', '7')), ('classes', ('nobody', '0', '0,0')),
                  ('features', ('x', 'efficientnet_lite9')), ('data', ('nothing',)), ('out', ('', '.', '/', __file__)), ('device', ('mps',))):
        for v in vs:
            out = [] if o == 'out' else ['--out', tmp/'j']
            data = [] if o == 'data' else ['--data', 'fashion_mnist_small']
            yield Case(f'train-judge --{o} {v!r}', lambda o=o, v=v, out=out, data=data: run('train-judge', *data, f'--{o}={v}', *out))
    for o, vs in (('model', ('', 'nothing')), ('out', ('', '.', '/')), ('step', ('-1', '7', 'x')), ('judge', ('nothing',)), ('second-judge', ('nothing',))):
        for v in vs:
            given = dict(model=model, out=tmp/'p') | {o: v}
            yield Case(f'publish --{o} {v!r}', lambda g=given: run('publish', *(f'--{k}={v}' for k, v in g.items())))
    for a in (['explore', '--port', '-1'], ['explore', '--port', '99999'], ['explore', '--model', 'nothing'], ['export-onnx', '--model', 'nothing', '--out', tmp/'x.onnx'],
              ['export-onnx', '--model', model, '--out', tmp], ['export-onnx', '--model', model, '--out', tmp/'x.txt'], ['models', 'nothing'],
              ['models', '../../etc'], ['reference', '--data', '../../x'], ['reference', '--data', 'nothing'], ['data', '--root', '/nowhere/at/all'],
              ['publish-judge', '--judges', 'nothing', '--out', tmp/'q'], ['publish-judge', '--out', tmp/'q'], ['publish-judge', '--judges', 'efficientnet_lite0', '--out', tmp/'q'],
              ['nothing'], ['trian'], ['--nothing'], ['replicate', 'nothing'], ['replicate', 'train'], ['grid'], ['train', 'stray'], ['sample'],
              ['replicate', 'grid', '--vary', 'x'], ['replicate', 'grid', '--vary', 'nothing=1'], ['replicate', 'grid', '--vary', 'g_lr='], ['replicate', 'grid', '--vary', 'g_lr=x'],
              ['replicate', 'grid', '--seeds', '-1', '--data', 'fashion_mnist_small'], ['replicate', 'grid', '--together', '-1', '--data', 'fashion_mnist_small'],
              ['replicate', 'grid', '--samples', '0'], ['replicate', 'grid', '--pairs', '-1'], ['replicate', 'grid', '--judge', 'nothing', '--data', 'fashion_mnist_small', '--out', tmp/'g'],
              ['replicate', 'split-study', '--counts', '0'], ['replicate', 'split-study', '--steps', '-1'], ['replicate', 'split-study', '--choices', 'x'], ['replicate', 'split-study', '--data', 'nothing'],
              ['replicate', 'split-study', '--counts', '99', '--data', 'fashion_mnist_small', '--out', tmp/'ss'],
              ['replicate', 'semi-supervised', '--labels', '0'], ['replicate', 'semi-supervised', '--share', '2'], ['replicate', 'semi-supervised', '--share', 'nan'], ['replicate', 'semi-supervised', '--steps', '0'],
              ['replicate', 'semi-supervised', '--labels', '99999', '--out', tmp/'se'],
              ['replicate', 'shortcuts', '--model', 'fashion_mnist'], ['replicate', 'shortcuts', '--model', model, '--n', '0'], ['replicate', 'shortcuts', '--model', model, '--n', '-1'],
              ['replicate', 'judges', '--model', 'fashion_mnist'], ['replicate', 'judges', '--model', 'imagenette64', '--per-class', '0'], ['replicate', 'judges', '--model', 'imagenette64', '--sizes', '0'],
              ['replicate', 'bench', '--parts', 'x'], ['replicate', 'bench', '--sizes', '0', '--parts', 'training'], ['replicate', 'bench', '--rounds', '0'], ['replicate', 'bench', '--seconds', '-1'],
              ['replicate', 'bench', '--seconds', 'nan'], ['replicate', 'bench', '--models', '0', '--parts', 'models'], ['replicate', 'bench', '--threads', '-1'],
              ['replicate', 'cost', '--rate', '0'], ['replicate', 'cost', '--rate', 'nan'], ['replicate', 'cost', '--rate', '-1'], ['replicate', 'cost', '--models', '0'], ['replicate', 'cost', '--gpus', '0'],
              ['replicate', 'cost', '--packs', '0'], ['replicate', 'cost', '--bench', '/nowhere.json'], ['replicate', 'cost', '--bench', __file__], ['replicate', 'cost', '--size', '0']):
        yield Case('acgan ' + ' '.join(map(str, a)), lambda a=a: run(*a))
