"The measurement of threads in company (appendix/speed)."
import json, subprocess, sys
from repository import ROOT


def test_it_measures_each_spin_beside_each_number_of_neighbours(tmp_path):
    command = [sys.executable, ROOT/'scripts'/'company.py', '--rounds', '1', '--seconds', '.05', '--threads', '1',
               '--spins', '0', 'unset', '--most', '1', '--out', tmp_path/'company.json']
    r = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert r.returncode == 0, r.stderr
    found = json.loads((tmp_path/'company.json').read_text())
    assert {'32 px', '64 px'} == {name.split(',')[0] for name in found}
    for by_neighbours in found.values():
        assert list(by_neighbours) == ['0', '1']
        for rates in by_neighbours.values(): assert list(rates) == ['0', 'unset'] and min(v[0] for v in rates.values()) > 0
    assert '| neighbours | 0 | unset |' in r.stdout
