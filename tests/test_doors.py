"""The doors: what `make` would run, the sentences it says when it cannot, and the README's maker."""
import contextlib, importlib.util, io, json, os, re, shlex, subprocess
from pathlib import Path
import pytest
from repository import files_of_the_repository

ROOT = Path(__file__).resolve().parent.parent

def sh(*command, **env):
    env = {k: v for k, v in {**os.environ, **env}.items() if not k.startswith('MAKE') and k != 'MFLAGS'} # these tests may run inside `make test`
    r = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, env=env)
    return r.returncode, r.stdout + r.stderr

@pytest.mark.parametrize('door,what', [('reproduce', 'snakemake --nolock --cores all'), ('splits', 'snakemake --nolock -s workflows/splits.smk --cores all --resources gpu='), ('test', 'pytest'), ('lab', 'jupyter lab'), ('docs', 'scripts/docs.py'), ('bench', 'bench')])
def test_every_door_sets_up_its_environment_first(door, what, tmp_path):
    code, text = sh('make', '-n', door, f'VENV={tmp_path}/none')
    assert code == 0 and 'scripts/environment.sh' in text and what in text
    assert text.index('scripts/environment.sh') < text.index(what)

def test_options_reach_the_pipeline():
    code, text = sh('make', '-n', 'reproduce', 'CONFIG=data=fashion_mnist train=true steps=500', 'CORES=3')
    assert code == 0 and '--cores 3' in text and '--config data=fashion_mnist train=true steps=500' in text

def test_a_cluster_profile_replaces_this_machine_s_cores():
    for door in ('reproduce', 'splits'):
        code, text = sh('make', '-n', door, 'PROFILE=profiles/slurm', 'CONFIG=data=imagenet')
        assert code == 0 and '--profile profiles/slurm' in text and '--cores' not in text and '--resources' not in text and '--config data=imagenet' in text

def test_an_unsuitable_python_is_refused_in_one_sentence(tmp_path):
    old = tmp_path/'old'
    old.write_text('#!/bin/bash\n[ "$1" = --version ] && echo Python 3.9.2\n[ "$1" = --version ]\n'); old.chmod(0o755)
    code, text = sh('bash', 'scripts/environment.sh', str(tmp_path/'venv'), str(old))
    assert code == 1 and text.count('\n') == 1 and 'needs Python 3.11, 3.12 or 3.13' in text and 'is Python 3.9.2' in text
    assert not (tmp_path/'venv').exists()

def test_readme_shows_prose_code_and_results():
    spec = importlib.util.spec_from_file_location('readme', ROOT/'scripts'/'readme.py')
    module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module)
    md = lambda s: dict(cell_type='markdown', source=s)
    code = lambda s, *outputs: dict(cell_type='code', source=s, outputs=list(outputs))
    result = lambda **data: dict(output_type='execute_result', data={k.replace('_', '/'): v for k, v in data.items()})
    text = module.readme(dict(cells=[
        md('# acgan\n\n> A reproduction\n\n![grid](../figures/toy/a.png) and [losses](01_losses.ipynb) and [files](api/files.ipynb)'),
        code('#| default_exp none'), code('#| hide\nimport secret'),
        code('1 + 1', result(text_plain='2')), code('#| echo: false\nt', result(text_markdown='| a |\n| --- |', text_html='<table>', text_plain='a')),
        code('draw()', dict(output_type='display_data', data={'image/png': 'AAAA', 'text/plain': '<Figure>'}), dict(output_type='stream', name='stderr', text='warned'))]))
    assert '![grid](figures/toy/a.png) and [losses](nbs/01_losses.ipynb) and [files](nbs/api/files.ipynb)' in text
    assert '```python\n1 + 1\n```\n\n```text\n2\n```\n\n| a |\n| --- |\n\n```python\ndraw()\n```' in text
    assert not any(o in text for o in ('secret', '<table>', 'AAAA', 'warned', 'default_exp'))

def shown_commands(): # (file, the words after `acgan`) of every command that a page shows
    for path in files_of_the_repository():
        file = path.relative_to(ROOT).as_posix()
        if path.suffix not in ('.md', '.ipynb') or file == 'CHANGELOG.md': continue # which tells of commands that are gone
        text = path.read_text(encoding='utf8')
        parts = [text] if path.suffix == '.md' else [''.join(c['source']) for c in json.loads(text)['cells'] if c['cell_type'] == 'markdown']
        for part in parts:
            pieces = re.split(r'^```.*$', part, flags=re.M) # prose, block, prose, ...
            lines = [l for b in pieces[1::2] for l in b.replace('\\\n', ' ').split('\n')] + re.findall(r'`(acgan [^`]+)`', ''.join(pieces[::2]))
            for line in lines:
                if m := re.search(r'(?:^|^\$ |torchrun .*-m |python -m )acgan (.*)', line.strip()):
                    yield file, shlex.split(m[1], comments=True)

def test_every_command_that_a_page_shows_is_one():
    from acgan.cli import find_command, parse
    wrong, n = [], 0
    for file, words in shown_commands():
        if not words or '...' in words or any(re.fullmatch('[A-Z]+', o) for o in words[:2]): continue # a pattern, no command
        n += 1
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                if any(o.startswith('-') for o in words): parse(words)
                elif not words == ['replicate']: find_command(words)
        except ValueError as e: wrong.append(f'{file}: acgan {" ".join(words)}: {e}')
        except SystemExit as e:
            if e.code: wrong.append(f'{file}: acgan {" ".join(words)}: {said.getvalue()}')
    assert n > 80 and not wrong, '\n'.join(wrong)
