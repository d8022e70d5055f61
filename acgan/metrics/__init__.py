"""Everything the paper measures, from tensors to numbers"""

import importlib
import pkgutil

_NAMES = {  # public names, and the modules that define them
    'Result': 'acgan.metrics.result',
    'wilson': 'acgan.metrics.result',
    'bootstrap_mean_interval': 'acgan.metrics.result',
    'ms_ssim': 'acgan.metrics.msssim',
    'pair_scores': 'acgan.metrics.msssim',
    'class_diversity': 'acgan.metrics.diversity',
    'collapsing': 'acgan.metrics.diversity',
    'training_diversity': 'acgan.metrics.diversity',
    'sample_classes': 'acgan.metrics.diversity',
    'balanced': 'acgan.metrics.diversity',
    'accuracy_by_resolution': 'acgan.metrics.resolution',
    'default_sizes': 'acgan.metrics.resolution',
    'losing_classes': 'acgan.metrics.resolution',
    'inception_score': 'acgan.metrics.scores',
    'frechet_distance': 'acgan.metrics.scores',
    'class_frechet_distance': 'acgan.metrics.scores',
    'kernel_distance': 'acgan.metrics.scores',
    'precision_recall': 'acgan.metrics.scores',
    'density_coverage': 'acgan.metrics.scores',
    'distances': 'acgan.metrics.scores',
    'nearest_neighbours': 'acgan.metrics.overfitting',
    'copy_test': 'acgan.metrics.overfitting',
    'interpolate': 'acgan.metrics.overfitting',
    'smoothness': 'acgan.metrics.overfitting',
    'class_swap': 'acgan.metrics.overfitting',
    'style_share': 'acgan.metrics.overfitting',
}
_MODULES = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith('_')]


def __getattr__(name):
    "Imported when first used."
    if name in _NAMES:
        return getattr(importlib.import_module(_NAMES[name]), name)
    if name in _MODULES:
        return importlib.import_module(f'{__name__}.{name}')
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')


def __dir__():
    return sorted([*_NAMES, *_MODULES])
