"""Trains a model for the Snakefile: train_model.py RUN_FOLDER OPTIONS OF `acgan train`. Goes on with a run that was interrupted; RUN_FOLDER/trained.txt
appears only when all its steps are done, since a run that is asked to stop saves and ends in good order, too.
"""
import json, subprocess, sys
from pathlib import Path

folder, options = Path(sys.argv[1]), sys.argv[2:]
command = [sys.executable, '-m', 'acgan', 'train', *options, '--out', str(folder), '--resume']
code = subprocess.run(command).returncode
if code not in (0, 130): sys.exit(code) # 130: it was asked to stop, and saved
state = json.loads((folder/'config.json').read_text(encoding='utf8'))
if state['step'] < state['config']['steps']:
    sys.exit(
        f'{folder} is at step {state["step"]} of {state["config"]["steps"]}: run the same command again to'
        ' go on.'
    )
(folder/'trained.txt').write_text(' '.join(options) + '\n', encoding='utf8')
