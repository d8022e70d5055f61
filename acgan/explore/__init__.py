"""Looking at a model by hand: walks, class swaps, widgets, ONNX"""

from acgan._lazy import lazy

_NAMES = {  # public names, and the modules that define them
    'interpolate': 'acgan.metrics.overfitting',
    'class_swap': 'acgan.metrics.overfitting',
    'View': 'acgan.explore.view',
    'State': 'acgan.explore.view',
    'explorer': 'acgan.explore.widgets',
    'serve': 'acgan.explore.widgets',
    'export_onnx': 'acgan.explore.onnx',
}

__getattr__, __dir__ = lazy(__name__, __path__, _NAMES)
