"""The studies of this replication: claims, grids, class splits, one model or many, cost, speed"""

from acgan._lazy import lazy

_NAMES = {  # public names, and the modules that define them
}

__getattr__, __dir__ = lazy(__name__, __path__, _NAMES)
