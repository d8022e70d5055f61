"""Bad inputs to the Python functions that README and the chapters name."""
import math
from dataclasses import fields
import torch
import acgan
from acgan import config as settings
from acgan.judges.base import StripeJudge, predict
from acgan.judges.hub import load_judge
from acgan.losses import discriminator_loss, generator_loss
from acgan.metrics import (accuracy_by_resolution, class_diversity, frechet_distance, inception_score, ms_ssim,
                           nearest_neighbours)
from acgan.metrics.scores import class_frechet_distance, density_coverage, kernel_distance, precision_recall
from acgan.networks import Discriminator, Generator
from .outcome import Case

NAN, INF = math.nan, math.inf

def config_cases():
    "Every field of every configuration, given what it cannot be."
    bad_numbers = ['x', None, [1], {}, NAN, INF, -INF, -1, 10**30, 1e30, True]
    for cls in (acgan.TrainConfig, settings.JudgeConfig, settings.Scoring, settings.StudyConfig, settings.SemiConfig):
        for f in fields(cls):
            default = getattr(cls(), f.name)
            if isinstance(default, bool): values = ['x', None, 2, [True]]
            elif isinstance(default, int): values = [*bad_numbers, 1.5]
            elif isinstance(default, float): values = bad_numbers
            elif isinstance(default, str): values = [None, 3, ['a'], '']
            elif isinstance(default, tuple): values = [None, 3, {}, [{}]]
            else: continue
            for v in values:
                yield Case(f'{cls.__name__}({f.name}={v!r})', lambda c=cls, n=f.name, v=v: c(**{n: v}), (f.name,))

def json_cases():
    for text, d in (('a list', [1]), ('null', None), ('a number', 3), ('text', 'x')):
        yield Case(f'TrainConfig.from_json of {text}', lambda d=d: acgan.TrainConfig.from_json(d))
        yield Case(f'JudgeConfig.from_json of {text}', lambda d=d: settings.JudgeConfig.from_json(d))
    for d in ({'siz': 32}, {'size': '32'}, {'size': 48}, {'steps': None}, {'classes': 5}, {'activation_noise': 'x'},
              {'activation_noise': []}, {'activation_noise': [None]}, {'activation_noise': [NAN]}, {'classes': [[1]]},
              {'lr_decay': 10**9}, {'n_classes': 10**9}, {'z_dim': 10**9}, {'batch_size': 10**11}):
        yield Case(f'TrainConfig.from_json({d})', lambda d=d: acgan.TrainConfig.from_json(d), (next(iter(d)),))
    for d in ({'widht': 3}, {'size': 1}, {'epochs': -1}, {'lr': NAN}, {'lr': INF}, {'crop': 0}, {'crop': 2},
              {'crop': NAN}, {'cutout': -1}, {'seed': -5}, {'width': 10**9}, {'widths': [10**9]}, {'stem': '3x3'}):
        yield Case(f'JudgeConfig.from_json({d})', lambda d=d: settings.JudgeConfig.from_json(d), (next(iter(d)),))

def sample_cases(model):
    K, z_dim = model.config.n_classes, model.config.z_dim
    z = torch.zeros(2, z_dim)
    image = lambda x: tuple(x.shape) == (2, model.config.channels, model.config.size, model.config.size)
    labels = [-1, K, 10**12, 1.5, NAN, True, None, {}, 'nobody', '', 'coat,bag', [0, None], [[0]*K, 0], [-1, 0], [0.5],
              torch.tensor([True, False]), torch.zeros(2, K + 1), torch.zeros(2, 2, 2), torch.full((2, K), NAN),
              torch.tensor([1 + 2j]), b'0', object()]
    for v in labels: yield Case(f'sample({v!r})', lambda v=v: model.sample(v, seed=0))
    for v in (NAN, INF):
        yield Case(f'sample(z of {v})', lambda v=v: model.sample([0, 1], z=torch.full((2, z_dim), v)), ('z',))
    for v in (torch.zeros(2, z_dim + 1), torch.zeros(3, z_dim), torch.zeros(z_dim), torch.zeros(2, z_dim, 1), 'z', 5,
              torch.zeros(2, z_dim, dtype=torch.complex64), torch.zeros(2, z_dim, dtype=torch.bool), [[0.]*3], {}):
        yield Case(f'sample(z={str(v)[:30]})', lambda v=v: model.sample([0, 1], z=v), ('z',))
    yield Case('z as a list', lambda: model.sample([0, 1], z=z.tolist()), accepted=image)
    yield Case('z as a numpy array', lambda: model.sample([0, 1], z=z.numpy()), accepted=image)
    yield Case('z in float64', lambda: model.sample([0, 1], z=z.double()), accepted=image)
    yield Case('labels as a numpy array', lambda: model.sample(torch.tensor([0, 1]).numpy(), z=z), accepted=image)
    yield Case('labels in int32', lambda: model.sample(torch.tensor([0, 1], dtype=torch.int32), z=z), accepted=image)
    yield Case('names', lambda: model.sample(list(model.class_names[:2]), z=z), accepted=image)
    yield Case('no labels', lambda: model.sample([]), accepted=lambda x: len(x) == 0)
    for v in (0, -1, 1.5, 'x', None, NAN):
        yield Case(f'sample(batch_size={v!r})', lambda v=v: model.sample([0, 1], batch_size=v), ('batch_size',))
    for v in (-1, 2**64, 10**14 * 10**10, 1.5, 'x', NAN):
        yield Case(f'sample(seed={v!r})', lambda v=v: model.sample([0], seed=v), ('seed',))
        yield Case(f'noise(seed={v!r})', lambda v=v: model.noise(1, seed=v), ('seed',))
    for v in (-1, 1.5, 'x', None, 10**12): yield Case(f'noise({v!r})', lambda v=v: model.noise(v), ('n',))
    yield Case('an int is a position', lambda: model.class_index(2), accepted=lambda k: k == 2)
    for v in (-1, K, 1.5, True, None, 'x', [0]):
        yield Case(f'class_index({v!r})', lambda v=v: model.class_index(v))

def load_cases():
    for v in ('', 'nothing', '.', '/dev/null', '/dev/zero', 'fashion_mnist/', '../../etc/passwd', 'a\0b', None, 3, 'x'*5000):
        if v == 'fashion_mnist/': continue
        yield Case(f'acgan.load({str(v)[:20]!r})', lambda v=v: acgan.load(v))
        yield Case(f'load_judge({str(v)[:20]!r})', lambda v=v: load_judge(v, 'cpu'))
        yield Case(f'acgan.data.load({str(v)[:20]!r})', lambda v=v: acgan.data.load(v))
        yield Case(f'acgan.data.load(folder:{str(v)[:20]!r})', lambda v=v: acgan.data.load(f'folder:{v}'))
    for v in ('mps', 'meta', 'cpu:7', 'cuda:99', 'tpu', '', 3, 'xla', 'cuda:-1', 'cpu:0:0', [], 'CPU'):
        yield Case(f'load(device={v!r})', lambda v=v: acgan.load('fashion_mnist', device=v), ('device',))
    for v in ('validate', '', None, 3): yield Case(f'data.load(split={v!r})', lambda v=v: acgan.data.load('fashion_mnist_small', v), ('split',))
    for v in (0, -1, 3, 2.5, '32', True, NAN, 10**9):
        yield Case(f'data.load(size={v!r})', lambda v=v: acgan.data.load('fashion_mnist_small', size=v), ('size',))
    for v in ('nobody', [99], [-1], [0, 0], [], '', ',', [None], [1.5], 10**20, [True], {}):
        yield Case(f'data.load(classes={v!r})', lambda v=v: acgan.data.load('fashion_mnist_small', classes=v), ('class',))
    yield Case('a root that does not exist', lambda: acgan.data.load('fashion_mnist', root='/nowhere/at/all'), ('/nowhere/at/all',))
    yield Case('a root that is a file', lambda: acgan.data.load('fashion_mnist', root=__file__), ('python_cases',))

def network_cases():
    c = acgan.TrainConfig(width=.0625)
    G, D = Generator(c).eval(), Discriminator(c).eval()
    z, y = torch.zeros(2, 100), torch.tensor([0, 1])
    for title, call in (
        ('D of uint8', lambda: D(torch.zeros(2, 3, 32, 32, dtype=torch.uint8))),
        ('D of 1 channel', lambda: D(torch.zeros(2, 1, 32, 32))),
        ('D of 64 px', lambda: D(torch.zeros(2, 3, 64, 64))),
        ('D of one image without a batch', lambda: D(torch.zeros(3, 32, 32))),
        ('D of text', lambda: D('x')), ('D of a list', lambda: D([1])),
        ('G of int z', lambda: G(z.long(), y)), ('G of short z', lambda: G(z[:, :99], y)),
        ('G of other numbers', lambda: G(z, torch.tensor([0]))), ('G of label 10', lambda: G(z, torch.tensor([0, 10]))),
        ('G of label -1', lambda: G(z, torch.tensor([0, -1]))), ('G of wide vectors', lambda: G(z, torch.zeros(2, 11))),
        ('G of float labels', lambda: G(z, torch.tensor([0., 1.]))), ('G of text', lambda: G('z', y)),
        ('G of a list', lambda: G([0.], y)), ('G of bool labels', lambda: G(z, torch.tensor([True, False]))),
    ): yield Case(title, call)
    for bad in ('x', None, 3, NetworkLike()): yield Case(f'Generator({bad!r:.20})', lambda b=bad: Generator(b))

class NetworkLike: size = 32

def loss_cases():
    s, l, y = torch.zeros(4), torch.zeros(4, 3), torch.tensor([0, 1, 2, 0])
    good = (s, l)
    for title, call in (
        ('labels too large', lambda: discriminator_loss(good, good, torch.tensor([0, 1, 2, 3]), y)),
        ('labels below -1', lambda: discriminator_loss(good, good, torch.tensor([0, 1, 2, -2]), y)),
        ('float labels', lambda: discriminator_loss(good, good, y.float(), y)),
        ('labels of another number', lambda: discriminator_loss(good, good, y[:3], y)),
        ('fake labels -1', lambda: generator_loss(good, torch.tensor([0, 1, 2, 5]))),
        ('class logits without classes', lambda: generator_loss((s, s), y)),
        ('source logits of two columns', lambda: generator_loss((l, l), y)),
        ('no tuple', lambda: generator_loss(l, y)),
        ('an unknown form', lambda: generator_loss(good, y, 'hinge-ish')),
        ('form None', lambda: generator_loss(good, y, None)),
        ('weight NaN', lambda: generator_loss(good, y, class_weight=NAN)),
        ('weight text', lambda: generator_loss(good, y, class_weight='x')),
        ('labels as text', lambda: discriminator_loss(good, good, 'x', y)),
        ('no images', lambda: discriminator_loss((s[:0], l[:0]), (s[:0], l[:0]), y[:0], y[:0])),
    ): yield Case(f'losses: {title}', call)

def metric_cases():
    g = torch.Generator().manual_seed(0)
    x = torch.rand(8, 1, 32, 32, generator=g)*2 - 1
    f = torch.randn(8, 5, generator=g)
    y = torch.tensor([0, 0, 0, 0, 1, 1, 1, 1])
    p = torch.full((8, 4), .25)
    J = StripeJudge()
    big = torch.rand(4, 3, 64, 64, generator=g)
    def each(name, call, values, words=()):
        for v in values: yield Case(f'{name}({str(v)[:40]!r})', lambda v=v: call(v), words)
    odd = ['x', None, 5, x[:0], torch.full_like(x, NAN), x*100, x.long(), x.cfloat(), x[0, 0]]
    some = [o for o in odd if not (isinstance(o, torch.Tensor) and len(o) == 0)] # of no images there are no answers
    yield from each('predict', lambda v: predict(J, v), some)
    yield from each('judge', lambda v: J(v), some)
    yield from each('ms_ssim', lambda v: ms_ssim(v, v), ['x', None, 5, torch.full_like(big, NAN), big.cfloat(), big[0, 0], big[:, :, :4, :4]])
    yield Case('ms_ssim: other shapes', lambda: ms_ssim(big, big[:2]))
    yield Case('ms_ssim: data_range 0', lambda: ms_ssim(big, big, data_range=0))
    yield Case('ms_ssim: data_range -1', lambda: ms_ssim(big, big, data_range=-1))
    yield Case('ms_ssim: data_range NaN', lambda: ms_ssim(big, big, data_range=NAN))
    yield Case('ms_ssim: data_range text', lambda: ms_ssim(big, big, data_range='x'))
    yield from each('class_diversity', lambda v: class_diversity(v, y), odd)
    yield from each('class_diversity labels', lambda v: class_diversity(x, v), ['x', None, 5, y[:3], y.float(), y - 1, y.bool(), y[None]])
    yield from each('class_diversity pairs', lambda v: class_diversity(x, y, pairs=v), ['x', 0, -1, 1.5, None, NAN, 10**9, True])
    yield from each('class_diversity seed', lambda v: class_diversity(x, y, pairs=3, seed=v), ['x', -1, 1.5, 2**70, None])
    yield from each('inception_score', inception_score, ['x', None, p[:0], p*2, -p, p*NAN, f, p[0], p.long()])
    yield from each('inception_score splits', lambda v: inception_score(p, v), [0, -1, 9, 1.5, 'x', None, True])
    yield from each('frechet', lambda v: frechet_distance(v, f), ['x', None, f[:1], f[:0], f*NAN, f[0], f[:, :3], f.cfloat()])
    yield from each('frechet (second)', lambda v: frechet_distance(f, v), ['x', None, f[:1], f*INF])
    yield from each('class_frechet', lambda v: class_frechet_distance(f, v, f, y), ['x', None, y[:3], y.float(), y - 5, y*0 + 7])
    yield from each('kernel', lambda v: kernel_distance(v, f), ['x', None, f[:1], f[:0], f*NAN, f[0], f[:, :3]])
    yield from each('kernel subsets', lambda v: kernel_distance(f, f, subsets=v), [0, -1, 'x', 1.5, None])
    yield from each('kernel subset_size', lambda v: kernel_distance(f, f, subset_size=v), [0, 1, -1, 'x', None])
    yield from each('kernel seed', lambda v: kernel_distance(f, f, seed=v), [-1, 2**70, 'x', 1.5])
    yield from each('precision_recall', lambda v: precision_recall(v, f), ['x', None, f[:1], f[:3], f[:0], f*NAN, f[0], f[:, :3]])
    yield from each('precision_recall k', lambda v: precision_recall(f, f, k=v), [0, -1, 8, 'x', 1.5, None])
    yield from each('density', lambda v: density_coverage(v, f), ['x', None, f[:0], f*NAN, f[0], f[:, :3]])
    yield from each('density k', lambda v: density_coverage(f, f, k=v), [0, -1, 8, 'x', 1.5, None])
    yield from each('accuracy', lambda v: accuracy_by_resolution(v, y, J), odd)
    yield from each('accuracy labels', lambda v: accuracy_by_resolution(x, v, J), ['x', None, y[:3], y.float(), y + 50, y - 1])
    yield from each('accuracy sizes', lambda v: accuracy_by_resolution(x, y, J, sizes=v), [[0], [-1], ['x'], 'x', 5, [1.5], [NAN], [10**9]])
    yield from each('neighbours', lambda v: nearest_neighbours(v, x), ['x', None, x[:0], x*NAN, x[:, :, :4], x.cfloat()])
    yield from each('neighbours (images)', lambda v: nearest_neighbours(x, v), ['x', None, x[:0], x*NAN, x[:, :, :4]])
    yield from each('neighbours k', lambda v: nearest_neighbours(x, x, k=v), [0, -1, 9, 'x', 1.5, None])
    yield Case('neighbours metric', lambda: nearest_neighbours(x, x, metric='l9'), ('metric',))
