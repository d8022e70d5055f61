"""Networks that say what an image shows"""

import importlib
import pkgutil

_NAMES = {  # public names, and the modules that define them
    'Judge': 'acgan.judges.base',
    'StripeJudge': 'acgan.judges.base',
    'predict': 'acgan.judges.base',
    'resize': 'acgan.judges.base',
    'JudgeConfig': 'acgan.judges.reference',
    'ReferenceJudge': 'acgan.judges.reference',
    'MeanJudge': 'acgan.judges.reference',
    'save_judge': 'acgan.judges.reference',
    'load_judge': 'acgan.judges.hub',
    'train_judge': 'acgan.judges.training',
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
