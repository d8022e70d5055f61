"Public names of a package, imported when first used: `import acgan` costs nothing, and no list of modules is kept by hand."
import importlib
import pkgutil


def lazy(package:str, # its `__name__`
         path, # its `__path__`
         names:dict, # public name -> the module that defines it
        ) -> tuple: # the package's `__getattr__` and `__dir__`
    modules = [m.name for m in pkgutil.iter_modules(path) if not m.name.startswith('_')]

    def get(name):
        if name in names: return getattr(importlib.import_module(names[name]), name)
        if name in modules: return importlib.import_module(f'{package}.{name}')
        raise AttributeError(f'module {package!r} has no attribute {name!r}')

    return get, lambda: sorted([*names, *modules])
