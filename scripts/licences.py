"""Writes LICENCES.md: every package that requirements.lock names and this environment has, with the licence it states. `make lock` runs it."""
import re
from importlib.metadata import metadata, PackageNotFoundError
from pathlib import Path

root = Path(__file__).resolve().parent.parent
HEAD = '''# Licences of the packages that are installed

Made by `make lock` from what the packages of `requirements.lock` state of themselves: do not edit. None of them is part of
this repository; the licences of the code, the weights and the data that are stand in README.md.

| package | version | licence |
|---|---|---|
'''

def licence(about) -> str: # what a package states, in a few words
    stated = about.get('License-Expression')
    if stated: return stated
    classified = about.get_all('Classifier') or ()
    classes = [o.split(' :: ')[-1] for o in classified if o.startswith('License ::')]
    if classes: return ', '.join(o for o in classes if o != 'OSI Approved') or 'OSI approved'
    lines = (about.get('License') or '').strip().splitlines()
    return lines[0][:60] if lines and lines[0] != 'UNKNOWN' else 'see its home page'

def main():
    lock = (root/'requirements.lock').read_text(encoding='utf8')
    locked = re.findall(r'^([\w.-]+)==([^\s;\\]+)', lock, re.M)
    rows = {}
    for name, version in locked:
        try: about = metadata(name)
        except PackageNotFoundError: said = rows.get(name, ('', 'of other systems or Python versions'))[1]
        else: version, said = about['Version'], licence(about)
        rows[name] = version, said.replace('|', '/')
    text = HEAD + ''.join(f'| {n} | {v} | {said} |\n' for n, (v, said) in sorted(rows.items()))
    (root/'LICENCES.md').write_text(text, encoding='utf8')
    print(f'LICENCES.md: {len(rows)} packages')

if __name__ == '__main__': main()
