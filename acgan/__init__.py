"""A reproduction of Odena, Olah, Shlens, "Conditional Image Synthesis with Auxiliary Classifier GANs" (ICML 2017)."""
__version__ = "0.1.0"

import importlib

_ROOMS = ('bench', 'bench_diversity', 'cache', 'capture', 'checkpoints', 'claims', 'cli', 'cost', 'data', 'discriminability', 'diversity', 'diversity_figures', 'ensemble',
          'evaluation', 'experiment', 'explorer', 'export', 'fashion', 'figures', 'files', 'gallery', 'grid', 'inception', 'joint', 'judge_training', 'judges',
          'kernels', 'latent', 'locks', 'losses', 'models', 'networks', 'one_or_many', 'parallel', 'results', 'schematics', 'scores', 'semi', 'shortcuts', 'sources',
          'split_results', 'split_study', 'splits', 'toy', 'training', 'verdicts', 'view')


def __getattr__(name):
    "Rooms (`acgan.data`, `acgan.training`, ...) are imported when first used; `acgan.load` and `acgan.AcGan` are those of `acgan.models`."
    if name in _ROOMS: return importlib.import_module(f'acgan.{name}')
    if name in ('load', 'AcGan'): return getattr(importlib.import_module('acgan.models'), name)
    raise AttributeError(f"module 'acgan' has no attribute {name!r}")


def __dir__(): return [*_ROOMS, 'load', 'AcGan']
