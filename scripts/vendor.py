"""Fetches what the documentation site serves beside its own pages (KaTeX, onnxruntime-web) and what its tests drive a browser with, through npm, into build/npm/.

Versions are those of docs_src/package-lock.json, no package runs a script of its own, and nothing is fetched again while the lock file stays the same.
"""
import hashlib, shutil, subprocess
from pathlib import Path

root = Path(__file__).resolve().parent.parent
folder = root/'build'/'npm'

def vendor(): # -> (node_modules or None, why not)
    source, modules, stamp = root/'docs_src', folder/'node_modules', folder/'installed'
    want = hashlib.sha256((source/'package-lock.json').read_bytes()).hexdigest()
    if modules.is_dir() and stamp.exists() and stamp.read_text() == want: return modules, ''
    if not shutil.which('npm'):
        return None, 'npm is not here: install Node.js with npm (Debian, Ubuntu: apt install nodejs npm)'
    folder.mkdir(parents=True, exist_ok=True)
    for o in ('package.json', 'package-lock.json'): shutil.copy(source/o, folder)
    stamp.unlink(missing_ok=True)
    try:
        r = subprocess.run(
            ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=600,
        )
    except (OSError, subprocess.TimeoutExpired) as e:
        return None, f'npm failed ({e})'
    if r.returncode:
        why = next(
            (o for o in r.stderr.splitlines() if 'npm error' in o or 'npm ERR' in o), 'no reason given'
        ).strip()
        return None, f'npm could not fetch the packages ({why}): see that its registry can be reached'
    stamp.write_text(want)
    return modules, ''

if __name__ == '__main__':
    modules, why = vendor()
    print(why or f'{modules.relative_to(root)} is up to date.')
