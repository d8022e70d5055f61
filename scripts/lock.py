"""Writes requirements.lock: every package of the environment, of Python 3.11 to 3.13, with its version and the hashes of its files. `make lock`.

The versions that constraints.txt names hold; the rest is the newest that fits. Run it after a change of either file or of settings.ini."""
import subprocess, sys
from configparser import ConfigParser
from pathlib import Path

root = Path(__file__).resolve().parent.parent
HEAD = '# Made by `make lock` from settings.ini and constraints.txt: do not edit.\n'

def main():
    config = ConfigParser(delimiters=['='])
    config.read(root/'settings.ini', encoding='utf8')
    wanted = f'{config["DEFAULT"]["requirements"]} {config["DEFAULT"]["dev_requirements"]} setuptools wheel'
    venv = root/'build'/'lock'
    subprocess.run([sys.executable, '-m', 'venv', '--clear', venv], check=True)
    subprocess.run([venv/'bin'/'pip', 'install', '--quiet', '--disable-pip-version-check', 'uv'], check=True)
    (venv/'in.txt').write_text('\n'.join(wanted.split()) + '\n', encoding='utf8')
    how = ['--universal', '--python-version', '3.11', '--generate-hashes', '--no-header',
           '--no-annotate', '-q']
    files = [venv/'in.txt', '--constraints', root/'constraints.txt', '--output-file', venv/'out.txt']
    subprocess.run([venv/'bin'/'uv', 'pip', 'compile', *how, *files], check=True)
    text = (venv/'out.txt').read_text(encoding='utf8')
    (root/'requirements.lock').write_text(HEAD + text, encoding='utf8')
    print(f'requirements.lock: {text.count("==")} packages')

if __name__ == '__main__': main()
