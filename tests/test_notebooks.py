"""Every notebook runs from top to bottom: its cells are the unit tests of the package (cells marked `#| slow` run with ACGAN_SLOW=1)."""
import os, subprocess, sys
from pathlib import Path
import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted(p.relative_to(ROOT).as_posix() for p in (ROOT/'nbs').rglob('*.ipynb') if not any(o.startswith(('_', '.')) for o in p.relative_to(ROOT).parts))

@pytest.mark.parametrize('notebook', NOTEBOOKS)
def test_notebook(notebook):
    code = 'import sys; from nbdev.test import nbdev_test; nbdev_test(path=sys.argv[1], flags=sys.argv[2], n_workers=0)' # in this very environment
    r = subprocess.run([sys.executable, '-c', code, notebook, 'slow' if os.environ.get('ACGAN_SLOW') else ''], cwd=ROOT, capture_output=True, text=True, timeout=1800, env={**os.environ, 'PYTHONPATH': str(ROOT), 'MPLBACKEND': 'agg'})
    if r.returncode or 'Success' not in r.stdout: pytest.fail(f'{notebook} failed:\n{(r.stdout + r.stderr)[-6000:]}', pytrace=False)
