"""Image sets: known ones and folders of images, as bytes in one tensor"""

from acgan._lazy import lazy

_NAMES = {  # public names, and the modules that define them
    'ImageSet': 'acgan.data.sets',
    'load': 'acgan.data.sets',
    'images_of': 'acgan.data.sets',
    'available': 'acgan.data.sets',
    'resize': 'acgan.data.sets',
}

__getattr__, __dir__ = lazy(__name__, __path__, _NAMES)
