"""Everything the paper measures, from tensors to numbers"""

from acgan._lazy import lazy

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

__getattr__, __dir__ = lazy(__name__, __path__, _NAMES)
