"""Networks that say what an image shows"""

from acgan._lazy import lazy

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

__getattr__, __dir__ = lazy(__name__, __path__, _NAMES)
