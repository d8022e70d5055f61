"""A reproduction of Odena, Olah, Shlens, "Conditional Image Synthesis with Auxiliary Classifier GANs" (ICML 2017)."""
__version__ = "0.2.0"

from acgan._lazy import lazy

_NAMES = {  # what people use most, and where it is defined
    'load': 'acgan.hub', 'AcGan': 'acgan.models', 'Ensemble': 'acgan.ensemble', 'list_models': 'acgan.models',
    'train': 'acgan.training.loop', 'TrainConfig': 'acgan.config', 'save_grid': 'acgan.images',
}

__getattr__, __dir__ = lazy(__name__, __path__, _NAMES)
