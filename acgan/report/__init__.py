"""Figures, galleries, model cards and the evaluation of a model"""

import importlib
import pkgutil

_NAMES = {  # public names, and the modules that define them
    'save_figure': 'acgan.report.figures',
    'image_grid': 'acgan.report.figures',
    'style': 'acgan.report.figures',
    'folder_for': 'acgan.report.figures',
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
