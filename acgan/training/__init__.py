"""The training loop, checkpoints, many models at once, several processes, recorded steps"""

from acgan._lazy import lazy

_NAMES = {  # public names, and the modules that define them
    'train': 'acgan.training.loop',
    'Trainer': 'acgan.training.loop',
    'train_step': 'acgan.training.loop',
    'TrainingStopped': 'acgan.training.checkpoints',
    'train_models': 'acgan.training.many',
    'train_splits': 'acgan.training.many',
    'class_splits': 'acgan.training.many',
}

__getattr__, __dir__ = lazy(__name__, __path__, _NAMES)
