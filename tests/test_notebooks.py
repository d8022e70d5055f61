"""Every notebook runs from top to bottom: its cells are the unit tests of the package (cells marked `#| slow` run with ACGAN_SLOW=1)."""
import multiprocessing, os, sys
from multiprocessing import forkserver
from pathlib import Path
import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted(p.relative_to(ROOT).as_posix() for p in (ROOT/'nbs').rglob('*.ipynb') if not any(o.startswith(('_', '.')) for o in p.relative_to(ROOT).parts))
LIBRARIES = 'fastcore.test', 'matplotlib.pyplot', 'nbdev.test', 'PIL.Image', 'torch' # imported once: 4 s, as long as many a notebook

def run(notebook, flags, said): # in a process of its own, in this very environment
    out = os.open(said, os.O_WRONLY | os.O_CREAT)
    for stream in (1, 2): os.dup2(out, stream)
    sys.stdout, sys.stderr = (os.fdopen(o, 'w', buffering=1) for o in (1, 2))
    os.chdir(ROOT); sys.path.insert(0, str(ROOT))
    from nbdev.test import nbdev_test
    nbdev_test(path=notebook, flags=flags, n_workers=0)

@pytest.fixture(scope='session')
def fresh(): # forks of a process that holds these libraries and nothing else
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(list(LIBRARIES))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('PYTHONPATH', str(ROOT)); patch.setenv('MPLBACKEND', 'agg')
        forkserver.ensure_running()
    return context.Process

@pytest.mark.parametrize('notebook', NOTEBOOKS)
def test_notebook(notebook, fresh, tmp_path):
    process = fresh(target=run, args=(notebook, 'slow' if os.environ.get('ACGAN_SLOW') else '', str(tmp_path/'said')))
    process.start(); process.join(1800)
    if late := process.is_alive(): process.kill(); process.join()
    said = (tmp_path/'said').read_text(errors='replace') if (tmp_path/'said').exists() else ''
    if late or process.exitcode or 'Success' not in said: pytest.fail(f'{notebook} failed {"after 1,800 s" if late else f"(exit status {process.exitcode})"}:\n{said[-6000:]}', pytrace=False)
