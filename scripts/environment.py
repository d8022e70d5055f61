"""Says whether this interpreter's environment can run everything: exit status 0, or 1 and what is missing on standard output."""
import re, sys
from configparser import ConfigParser
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

root = Path(__file__).resolve().parent.parent
config = ConfigParser(delimiters=['='])
config.read(root/'settings.ini', encoding='utf8')
pins = dict(re.findall(r'^([\w.-]+)==(\S+)$', (root/'constraints.txt').read_text(encoding='utf8'), re.M))
# in the project's own environment the pins hold; in one that was lent, the bounds of settings.ini
ours = Path(sys.prefix).resolve().parent == root

def numbers(v): return [int(o) for o in re.findall(r'\d+', v.split('+')[0])]

def satisfied(have, bounds): # e.g. '2.4.14', '>=2.4.14,<3'
    tests = {'>=': lambda a, b: a >= b, '<': lambda a, b: a < b, '==': lambda a, b: a == b}
    return all(tests[op](numbers(have), numbers(v)) for op, v in re.findall(r'(>=|<|==)([\d.]+)', bounds))

missing = []
for requirement in config['DEFAULT']['requirements'].split() + config['DEFAULT']['dev_requirements'].split():
    name, bounds = re.fullmatch(r'([\w.-]+)(.*)', requirement).groups()
    if ours and name in pins: bounds = f'=={pins[name]}'
    try: ok = satisfied(version(name), bounds)
    except PackageNotFoundError: ok = False
    if not ok: missing.append(name + bounds)
if ours:
    try: version('acgan')
    except PackageNotFoundError: missing.append('acgan itself')
if missing:
    print(', '.join(missing[:4]) + (f' and {len(missing)-4} more packages' if len(missing) > 4 else ''))
    sys.exit(1)
