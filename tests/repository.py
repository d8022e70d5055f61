"""What git would hand out of this project"""
import subprocess
from pathlib import Path
import pytest

ROOT = Path(__file__).resolve().parent.parent

def files_of_the_repository(): # tracked, and new ones that would be
    r = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard', '-z'], cwd=ROOT, capture_output=True, text=True)
    if r.returncode: pytest.skip('this copy of the project is no git repository')
    return [p for o in r.stdout.split('\0') if o and (p := ROOT/o).is_file()]
