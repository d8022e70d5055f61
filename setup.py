"""Reads settings.ini, so that the package is described in one place (nbdev's own setup.py needs pkg_resources, which is gone)."""
from configparser import ConfigParser
from pathlib import Path
from setuptools import find_packages, setup

config = ConfigParser(delimiters=['='])
config.read(Path(__file__).parent/'settings.ini', encoding='utf8')
cfg = config['DEFAULT']

setup(
    name=cfg['lib_name'], version=cfg['version'], description=cfg['description'], author=cfg['author'], author_email=cfg['author_email'],
    license='Apache-2.0', keywords=cfg['keywords'], url=cfg['git_url'], packages=find_packages(include=['acgan', 'acgan.*']),
    package_data={'acgan': ['csrc/*.cpp']},
    python_requires=f'>={cfg["min_python"]}', install_requires=cfg['requirements'].split(),
    extras_require={'dev': cfg['dev_requirements'].split()},
    entry_points={'console_scripts': cfg['console_scripts'].split(), 'nbdev': [f'{cfg["lib_name"]}={cfg["lib_path"]}._modidx:d']},
    long_description=(Path(__file__).parent/'README.md').read_text(encoding='utf8') if (Path(__file__).parent/'README.md').exists() else '',
    long_description_content_type='text/markdown', zip_safe=False)
