"""Bad inputs by the table: each is refused in one sentence that names what is wrong, or accepted with the right result.

    pytest tests/attack -q                       counts at the end
    cd tests && python -m attack.test_attack        all that went wrong, one a line
"""
import os, shutil, sys, tempfile
from pathlib import Path
import pytest
import acgan
from acgan import cli
from acgan.files import data_dir
from acgan.weights import read_weights, save_state
from . import chapter_cases, cli_cases, file_cases, python_cases
from .outcome import attack, Count

def make_run(folder): # a tiny finished run, four steps
    cli.main([*file_cases.RESUME, '--out', str(folder)])
    return Path(folder)

@pytest.fixture(scope='session')
def run(tmp_path_factory):
    os.environ['ACGAN_ATTACK'] = str(tmp_path_factory.mktemp('attack'))
    os.environ['ACGAN_CACHE'] = str(tmp_path_factory.mktemp('cache'))
    return make_run(tmp_path_factory.mktemp('run')/'tiny')

def tables(run, tmp):
    judge = Path(shutil.copytree(data_dir()/'judges'/'fashion_mnist', tmp/'judge'))
    save_state(read_weights(judge/'model.safetensors'), judge/'model.safetensors') # as it is written today, with its hash
    yield 'settings', python_cases.config_cases()
    yield 'settings from JSON', python_cases.json_cases()
    yield 'sample', python_cases.sample_cases(acgan.load(run))
    yield 'load', python_cases.load_cases()
    yield 'networks', python_cases.network_cases()
    yield 'losses', python_cases.loss_cases()
    yield 'metrics', python_cases.metric_cases()
    yield 'acgan train', cli_cases.train_cases(tmp)
    yield 'other commands', cli_cases.command_cases(run, tmp)
    yield 'model files', file_cases.model_cases(run, tmp)
    yield 'judge files', file_cases.judge_cases(judge, tmp)
    yield 'runs', file_cases.resume_cases(run, tmp)
    yield 'images', file_cases.image_cases(tmp)
    yield 'parameters of chapters', chapter_cases.chapter_cases()

def test_bad_inputs(run, tmp_path, monkeypatch, record_property):
    work = tmp_path/'w'; work.mkdir()
    monkeypatch.chdir(work) # what writes to the current folder must not find the project
    (tmp_path/'t').mkdir()
    total = Count()
    for name, cases in tables(run, tmp_path/'t'):
        count = attack(cases)
        total += count
        record_property(name, str(count))
    record_property('all', str(total))
    assert not (Path(os.environ['ACGAN_ATTACK'])/'pwned').exists(), 'code in a file was run'
    assert total.tried >= 400
    assert not total.wrong, f'{total}\n' + '\n'.join(total.wrong)

if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as t:
        t = Path(t)
        for o in ('attack', 'cache', 'w', 't'): (t/o).mkdir()
        os.environ['ACGAN_ATTACK'], os.environ['ACGAN_CACHE'] = str(t/'attack'), str(t/'cache')
        os.chdir(t/'w')
        only = set(sys.argv[1:])
        total = Count()
        for name, cases in tables(make_run(t/'tiny'), t/'t'):
            if only and name not in only: continue
            count = attack(cases)
            print(f'== {name}: {count}', *count.wrong, sep='\n   ', flush=True)
            total += count
        print(f'all: {total}; code was run: {(t/"attack"/"pwned").exists()}')
