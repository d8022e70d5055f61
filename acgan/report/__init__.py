"""Figures, galleries, model cards and the evaluation of a model"""

from acgan._lazy import lazy

_NAMES = {  # public names, and the modules that define them
    'save_figure': 'acgan.report.figures',
    'image_grid': 'acgan.report.figures',
    'style': 'acgan.report.figures',
    'folder_for': 'acgan.report.figures',
}

__getattr__, __dir__ = lazy(__name__, __path__, _NAMES)
