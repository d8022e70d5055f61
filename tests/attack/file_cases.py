"""Damaged and foreign files: models, judges, checkpoints, logs, images, folders."""
import json, os, shutil
from pathlib import Path
import numpy as np
import torch
from PIL import Image
import acgan
from acgan import cli
from acgan.judges.hub import load_judge
from acgan.weights import read_weights
from .outcome import Case

class Evil: # runs code when a pickle of it is read
    def __reduce__(self): return os.system, (f'touch {os.environ["ACGAN_ATTACK"]}/pwned',)

def copy(folder, to):
    if to.exists(): shutil.rmtree(to)
    return Path(shutil.copytree(folder, to))

def edit(path, change): # of a JSON object
    d = json.loads(path.read_text())
    path.write_text(json.dumps(change(d)))

def flip(path, at, bit=3):
    b = bytearray(path.read_bytes())
    b[at % len(b)] ^= 1 << bit
    path.write_bytes(b)

def config_changes():
    def without(*keys): return lambda d: {k: v for k, v in d.items() if k not in keys}
    yield from (('a list', lambda d: [d]), ('null', lambda d: None), ('a number', lambda d: 3), ('text', lambda d: 'x'), ('nothing', lambda d: {}))
    yield from ((f'no {k}', without(k)) for k in ('config', 'class_names'))
    for title, names in (('names of another number', ['a']), ('names null', None), ('names text', 'abcdefghij'), ('names numbers', list(range(10))), ('a name twice', ['a']*10), ('names a dict', {})):
        yield title, lambda d, names=names: d | dict(class_names=names)
    for title, c in (('settings a list', []), ('settings null', None)): yield title, lambda d, c=c: d | dict(config=c)
    for k, v in (('n_classes', 10**9), ('z_dim', 10**9), ('n_classes', -1), ('n_classes', '10'), ('size', 48), ('width', 1e9), ('width', None), ('channels', 2), ('nothing', 1), ('batch_size', 10**12), ('seed', 2**70), ('z_dim', 101), ('width', .125)):
        yield f'{k}={v}', lambda d, k=k, v=v: d | dict(config=d['config'] | {k: v})

def weight_changes():
    yield 'empty', lambda p: p.write_bytes(b'')
    yield 'cut in half', lambda p: p.write_bytes(p.read_bytes()[:p.stat().st_size//2])
    yield 'a byte too many', lambda p: p.write_bytes(p.read_bytes() + b'x')
    yield 'text', lambda p: p.write_text('hello, this is no model at all')
    yield 'a huge header', lambda p: p.write_bytes((2**62).to_bytes(8, 'little') + b'{}')
    yield 'a pickle that runs code', lambda p: torch.save(Evil(), p)
    yield 'a folder', lambda p: (p.unlink(), p.mkdir())
    yield 'gone', lambda p: p.unlink()
    for k in range(20): yield f'a bit flipped ({k})', lambda p, k=k: flip(p, 10 + (p.stat().st_size - 10)*k//20 + k, k % 8)

def model_cases(run, tmp):
    load = lambda f: acgan.load(f).sample([0], seed=0)
    for title, change in config_changes():
        f = copy(run, tmp/'m'); edit(f/'config.json', change)
        yield Case(f'model, config.json: {title}', lambda f=f: load(f), ('config.json',) if 'z_dim=101' not in title and 'width=.125' not in title else ())
    for title, text in (('not JSON', '{'), ('empty', ''), ('not UTF-8', b'\xff\xfe{}'), ('deep', '['*100000)):
        f = copy(run, tmp/'m'); (f/'config.json').write_bytes(text if isinstance(text, bytes) else text.encode())
        yield Case(f'model, config.json: {title}', lambda f=f: load(f), ('config.json',))
    for title, change in weight_changes():
        f = copy(run, tmp/'m'); change(f/'generator.safetensors')
        yield Case(f'model, generator: {title}', lambda f=f: load(f), ('generator.safetensors',))
    f = copy(run, tmp/'m')
    yield Case('a model, as a judge', lambda f=f: load_judge(f, 'cpu'))
    yield Case('a sound model', lambda f=f: load(f), accepted=lambda x: len(x) == 1)

def judge_cases(folder, tmp):
    load = lambda f: load_judge(f, 'cpu')
    def without(k): return lambda d: {a: b for a, b in d.items() if a != k}
    changes = [('a list', lambda d: [d]), ('null', lambda d: None), ('nothing', lambda d: {}), ('another kind', lambda d: d | dict(kind='x')), ('kind null', lambda d: d | dict(kind=None)),
               ('accuracy text', lambda d: d | dict(accuracy='x')), ('accuracy 5', lambda d: d | dict(accuracy=5)), *((f'no {k}', without(k)) for k in ('kind', 'config', 'accuracy'))]
    for k, v in (('width', 10**9), ('widths', [10**9]), ('size', 10**6), ('size', 33), ('channels', 2), ('classes', []), ('classes', 5), ('classes', ['a', 'a']), ('stem', 'x'), ('nothing', 1), ('lr', 'x')):
        changes.append((f'{k}={v}', lambda d, k=k, v=v: d | dict(config=d['config'] | {k: v})))
    for title, change in changes:
        f = copy(folder, tmp/'j'); edit(f/'config.json', change)
        yield Case(f'judge, config.json: {title}', lambda f=f: load(f), ('config.json',))
    for title, change in weight_changes():
        f = copy(folder, tmp/'j'); change(f/'model.safetensors')
        yield Case(f'judge, weights: {title}', lambda f=f: load(f), ('model.safetensors',))
    f = copy(folder, tmp/'j')
    yield Case('a judge, as a model', lambda f=f: acgan.load(f))
    yield Case('a sound judge', lambda f=f: load(f), accepted=lambda j: j.size == 32)

RESUME = ('train', '--data', 'fashion_mnist_small', '--width', '.0625', '--steps', '4', '--batch-size', '4', '--sample-every', '2', '--save-every', '2', '--log-every', '1', '--device', 'cpu', '--threads', '1')

def resume_cases(run, tmp):
    go = lambda f, *more: (cli.main([*RESUME, *map(str, more), '--out', str(f), '--resume']), f)[1]
    ended = lambda f: json.loads((Path(f)/'config.json').read_text())['step'] == 4 and (Path(f)/'generator.safetensors').exists()
    whole = read_weights(go(copy(run, tmp/'whole'))/'generator.safetensors')
    def same(f): # as it ends undisturbed
        got = read_weights(Path(f)/'generator.safetensors')
        return all(torch.equal(got[k], whole[k]) for k in whole)
    for title, change in weight_changes():
        if title == 'gone': continue # then a new run begins, which is what --resume of nothing means
        if 'flipped' in title and int(title.split('(')[1][:-1]) % 3: continue
        f = copy(run, tmp/'s'); change(f/'state.pt')
        harmless = 'flipped' in title or 'too many' in title # where it hits what says nothing, the run ends as it would have
        yield Case(f'resume, state.pt: {title}', lambda f=f: go(f), ('state.pt',), same if harmless else None, harmless)
    for title, state in (('a list', [1]), ('empty', {}), ('foreign', dict(step=1)), ('another type', torch.zeros(3))):
        f = copy(run, tmp/'s'); torch.save(state, f/'state.pt')
        yield Case(f'resume, state.pt: {title}', lambda f=f: go(f), ('state.pt',))
    for title, text in (('torn', b'{"step": 1, "d_lo'), ('foreign', b'hello\n'), ('not UTF-8', b'\xff\xfe\xfa\n'), ('a list', b'[1]\n'), ('a number', b'3\n'), ('step text', b'{"step": "x"}\n'), ('no step', b'{"a": 1}\n'), ('binary', bytes(range(256))), ('empty', b'')):
        f = copy(run, tmp/'s'); (f/'log.jsonl').write_bytes((f/'log.jsonl').read_bytes() + text)
        yield Case(f'resume, log.jsonl: {title}', lambda f=f: go(f), accepted=ended)
    for title, change in config_changes():
        f = copy(run, tmp/'s'); edit(f/'config.json', change)
        yield Case(f'resume, config.json: {title}', lambda f=f: go(f), accepted=ended) # it is written again from state.pt
    for option, v in (('--dropout', '.3'), ('--size', '64'), ('--g-lr', '1e-3'), ('--n-classes', '5'), ('--seed', '5'), ('--batch-size', '8'), ('--classes', '0')):
        f = copy(run, tmp/'s')
        yield Case(f'resume with {option} {v}', lambda f=f, o=option, v=v: go(f, o, v), (option[2:].replace('-', '_'),) if option != '--size' else ())
    f = copy(run, tmp/'s')
    yield Case('resume, as it was', lambda f=f: go(f), accepted=ended)

def picture(path, side=16, value=120, **how):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new('RGB', (side, side), (value, 60, 200)).save(path, **how)

def image_cases(tmp):
    "A folder of two classes, and one odd file or arrangement in it."
    load = lambda f, **how: acgan.data.load(f'folder:{f}', 'train', size=16, **how)
    def fresh(n=21): # one more than twice ten: what is added comes into the training part
        f = tmp/'set'
        shutil.rmtree(f, ignore_errors=True)
        for k, c in enumerate(('cat', 'dog')):
            for i in range(n): picture(f/c/f'{i:03d}.png', value=10*i % 250)
        return f
    def made(title, change, words=(), accepted=None, **how):
        f = fresh()
        change(f)
        return Case(f'images: {title}', lambda: load(f, **how), words, accepted)
    def count(n): return lambda x: len(x) == n # of 42 files, every tenth is held out
    yield made('sound', lambda f: None, accepted=count(36))
    text = '%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(' + os.environ['ACGAN_ATTACK'] + '/pwned) (w) file\n%%EOF\n'
    yield made('an EPS named .png', lambda f: (f/'cat'/'x.png').write_text(text), ('x.png',))
    yield made('a FIFO named .png', lambda f: os.mkfifo(f/'cat'/'x.png'), accepted=lambda x: len(x) in (36, 37))
    yield made('an empty .png', lambda f: (f/'cat'/'x.png').touch(), ('x.png',))
    yield made('a text named .png', lambda f: (f/'cat'/'x.png').write_text('hello'), ('x.png',))
    yield made('a cut .png', lambda f: (f/'cat'/'x.png').write_bytes((f/'cat'/'000.png').read_bytes()[:60]), ('x.png',))
    yield made('notes beside the images', lambda f: ((f/'cat'/'notes.txt').write_text('x'), (f/'cat'/'list.csv').write_text('x'), (f/'cat'/'Thumbs.db').write_bytes(b'x'*99)), accepted=count(36))
    yield made('hidden files', lambda f: ((f/'cat'/'.x.png').write_text('x'), (f/'.git').mkdir(), (f/'@eaDir').mkdir(), picture(f/'cat'/'@eaDir'/'a.png'), picture(f/'__MACOSX'/'cat'/'a.png')), accepted=lambda x: len(x) == 36 and x.class_names == ('cat', 'dog'))
    for ending, fmt in (('jfif', 'JPEG'), ('jpe', 'JPEG'), ('gif', 'GIF'), ('jp2', 'JPEG2000'), ('tga', 'TGA'), ('', 'PNG'), ('JPG', 'PNG'), ('dat', 'WEBP')):
        name = f'n.{ending}' if ending else 'n'
        yield made(f'a {fmt} named {name}', lambda f, n=name, fmt=fmt: picture(f/'cat'/n, format=fmt), accepted=count(37))
    yield made('a symlink loop', lambda f: (f/'cat'/'again').symlink_to(f), accepted=lambda x: len(x) in (36, 54, 55, 72))
    yield made('a link to nothing', lambda f: (f/'cat'/'x.png').symlink_to('/nowhere'), ('x.png',))
    yield made('a class of one image', lambda f: picture(f/'one'/'a.png'), ('one',))
    yield made('an empty class', lambda f: (f/'none').mkdir(), ('none',))
    yield made('Training and Testing', lambda f: (((f/'Training').mkdir(), (f/'cat').rename(f/'Training'/'cat'), shutil.copytree(f/'dog', f/'Training'/'dog'), (f/'Testing').mkdir(), (f/'dog').rename(f/'Testing'/'dog'), shutil.copytree(f/'Training'/'cat', f/'Testing'/'cat'))), accepted=lambda x: x.class_names == ('cat', 'dog') and len(x) == 42)
    yield made('one folder too deep', lambda f: ((f/'photos').mkdir(), (f/'cat').rename(f/'photos'/'cat'), (f/'dog').rename(f/'photos'/'dog')), ('photos',))
    yield made('classes beside a split', lambda f: (picture(f/'train'/'steam'/'a.png'), picture(f/'train'/'diesel'/'a.png')), ('train',))
    yield made('a class called train', lambda f: [picture(f/'train'/f'{i}.png') for i in range(20)], accepted=lambda x: x.class_names == ('cat', 'dog', 'train'))
    yield made('no images at all', lambda f: (shutil.rmtree(f/'cat'), shutil.rmtree(f/'dog')))
    yield made('images without classes', lambda f: (shutil.rmtree(f/'cat'), shutil.rmtree(f/'dog'), picture(f/'a.png')))
    def tiff(f, x): Image.fromarray(x).save(f/'cat'/'x.tif')
    ramp = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)
    yield made('float in 0..1', lambda f: tiff(f, ramp), accepted=lambda x: len(x) == 37 and int(x.images.amax()) > 250)
    yield made('float up to 1000', lambda f: tiff(f, ramp*1000), ('x.tif',))
    yield made('float NaN', lambda f: tiff(f, ramp*np.nan), ('x.tif',))
    yield made('int32 of bytes', lambda f: tiff(f, (ramp*255).astype(np.int32)), accepted=count(37))
    yield made('12 bits in 16', lambda f: tiff(f, (ramp*4095).astype(np.uint16)), ('x.tif',))
    yield made('16 bits', lambda f: tiff(f, (ramp*65535).astype(np.uint16)), accepted=count(37))
    yield made('a broken EXIF block', lambda f: picture(f/'cat'/'x.jpg', exif=b'Exif\0\0II*\0\xff\xff\xff\xff'), accepted=count(37))
    def bomb(f):
        import struct, zlib
        def chunk(k, d): return struct.pack('>I', len(d)) + k + d + struct.pack('>I', zlib.crc32(k + d))
        raw = b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 60000, 60000, 8, 2, 0, 0, 0)) + chunk(b'IDAT', zlib.compress(b'\0'*9999)) + chunk(b'IEND', b'')
        (f/'cat'/'x.png').write_bytes(raw)
    yield made('a PNG that says 60000x60000', bomb, ('x.png',))
    yield made('a name that is not UTF-8', lambda f: os.mkdir(os.fsencode(f)+b'/\xff\xfe') or shutil.copy(f/'cat'/'000.png', os.fsencode(f)+b'/\xff\xfe/a.png'))
    yield made('a newline in a class', lambda f: [picture(f/'a\nb'/f'{i}.png') for i in range(20)], accepted=lambda x: x.n_classes == 3)
    yield made('a name with a comma', lambda f: [picture(f/'a, b'/f'{i}.png') for i in range(20)], accepted=lambda x: x.class_names == ('a, b',), classes='a, b')
    yield made('numbers for names, an int asked for', lambda f: ((f/'cat').rename(f/'1'), (f/'dog').rename(f/'0')), accepted=lambda x: x.class_names == ('1',), classes=[1])
    yield made('NFD asked for as NFC', lambda f: (f/'cat').rename(f/'cafe\u0301'), accepted=lambda x: x.class_names == ('caf\u00e9',), classes=['caf\u00e9'])
    def same_stat(f):
        x = load(f)
        p = f/'cat'/'001.png'; s = p.stat(); b = p.read_bytes()
        picture(p, value=199); b2 = p.read_bytes()
        p.write_bytes(b2.ljust(len(b), b'\0')[:max(len(b), len(b2))])
        q = f/'cat'/'001.png'
        if q.stat().st_size != s.st_size: q.write_bytes(q.read_bytes().ljust(s.st_size, b'\0'))
        os.utime(q, ns=(s.st_atime_ns, s.st_mtime_ns))
        return x
    f = fresh()
    def replaced():
        before = same_stat(f).images.clone()
        return before, load(f).images
    yield Case('images: a file replaced with its time kept', replaced, accepted=lambda o: len(o[0]) == len(o[1]) and not torch.equal(*o))
