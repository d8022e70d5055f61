"""A reproduction of Odena, Olah, Shlens, "Conditional Image Synthesis with Auxiliary Classifier GANs" (ICML 2017)."""
__version__ = "0.2.0"

import importlib
import pkgutil

_NAMES = {  # what people use most, and where it is defined
    'load': 'acgan.hub', 'AcGan': 'acgan.models', 'Ensemble': 'acgan.ensemble', 'list_models': 'acgan.models',
    'train': 'acgan.training.loop', 'TrainConfig': 'acgan.config', 'save_grid': 'acgan.images',
}
_MODULES = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith('_')]


def __getattr__(name):
    "Modules and the names above are imported when first used, so that `import acgan` costs nothing."
    if name in _NAMES:
        return getattr(importlib.import_module(_NAMES[name]), name)
    if name in _MODULES:
        return importlib.import_module(f'acgan.{name}')
    raise AttributeError(f"module 'acgan' has no attribute {name!r}")


def __dir__():
    return sorted([*_NAMES, *_MODULES, '__version__'])
