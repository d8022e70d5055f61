"""Reads settings.ini, so that the package is described in one place (nbdev's own setup.py needs pkg_resources)."""
from configparser import ConfigParser
from pathlib import Path
from setuptools import find_packages, setup

here = Path(__file__).parent
config = ConfigParser(delimiters=['='])
config.read(here/'settings.ini', encoding='utf8')
cfg = config['DEFAULT']

# data/ is shipped inside the package as acgan/_data: shipped models and judges, embedded images, the paper's numbers.
# Sheets of samples stay in the repository: G draws them
MODEL = [f'pretrained/*/*.{o}' for o in ('json', 'jsonl', 'md', 'safetensors')]
DATA = ['paper.json', 'imagenet_classes.tsv', 'fashion_mnist/*', 'judges/*/*', *MODEL, 'reference/*.json']

setup(
    name=cfg['lib_name'], version=cfg['version'], description=cfg['description'],
    author=cfg['author'], author_email=cfg['author_email'], license='Apache-2.0',
    keywords=cfg['keywords'], url=cfg['git_url'], python_requires=f'>={cfg["min_python"]}',
    packages=[*find_packages(include=['acgan', 'acgan.*']), 'acgan._data'],
    package_dir={'acgan._data': 'data'},
    package_data={'acgan': ['csrc/*.cpp', 'report/assets/*', 'explore/assets/*', 'py.typed'], 'acgan._data': DATA},
    install_requires=cfg['requirements'].split(),
    extras_require={name: cfg[f'{name}_requirements'].split() for name in ('judges', 'explore', 'dev')},
    entry_points={'console_scripts': cfg['console_scripts'].split(),
                  'nbdev': [f'{cfg["lib_name"]}={cfg["lib_path"]}._modidx:d']},
    long_description=(here/'README.md').read_text(encoding='utf8') if (here/'README.md').exists() else '',
    long_description_content_type='text/markdown', zip_safe=False)
