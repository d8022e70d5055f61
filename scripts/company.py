"""How training bears company: images/s alone and beside busy processes, by how long waiting threads spin.

    python scripts/company.py                          # about 5 minutes; nothing else should run
    python scripts/company.py --rounds 5 --out company.json

One process per setting of GOMP_SPINCOUNT stays alive and is asked in turns, so that all settings meet
the same machine. Medians of the rounds, wall-clock time. The neighbours are loops that do nothing but run."""
import argparse, os, subprocess, sys, time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from acgan.config import PRESETS, TrainConfig # loads no torch

SPINS = '0 1000 20000 unset' # unset: libgomp's own, 300,000, or 1,000 where threads outnumber cores
NETWORKS = {'32 px, the paper\'s networks': TrainConfig(), '64 px, imagenette64': PRESETS['imagenette64']()}
RUNG = 'bf16, kernels'
LOOP = [sys.executable, '-c', 'while True: pass'] # a neighbour

def work(seconds, threads):
    "Answer every line that names a network with its images per second."
    import torch
    from acgan.files import pick_device
    from acgan.replication.bench import contender, rate, rungs_of
    torch.set_num_threads(threads)
    device = pick_device('cpu')
    rung = RUNG if RUNG in rungs_of(device) else 'channels last fp32'
    steps = {}
    for name, config in NETWORKS.items():
        steps[name] = contender(rung, config, device), config.batch_size
        for _ in range(3): steps[name][0]()
    print('ready', flush=True)
    for line in sys.stdin:
        step, images = steps[line.strip()]
        print(rate(step, seconds, images, device), flush=True)

def environment(spin): # of a worker
    e = {k: v for k, v in os.environ.items() if k not in ('GOMP_SPINCOUNT', 'OMP_WAIT_POLICY')}
    return e if spin == 'unset' else e | dict(GOMP_SPINCOUNT=spin)

def ask(worker, name): # -> images per second
    worker.stdin.write(name + '\n')
    worker.stdin.flush()
    return float(worker.stdout.readline())

def measure(args):
    "{network: {neighbours: {spins: [rate of each round]}}}"
    workers, found = {}, {n: {k: {s: [] for s in args.spins} for k in range(args.most + 1)} for n in NETWORKS}
    me = [sys.executable, __file__, '--work', '--seconds', str(args.seconds), '--threads', str(args.threads)]
    try:
        for spin in args.spins:
            workers[spin] = subprocess.Popen(me, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                             env=environment(spin))
            if workers[spin].stdout.readline().strip() != 'ready': sys.exit(f'The worker of {spin} ended.')
        for turn in range(args.rounds):
            for neighbours in range(args.most + 1):
                loops = [subprocess.Popen(LOOP) for _ in range(neighbours)]
                time.sleep(.5)
                try:
                    for name in NETWORKS:
                        for spin in args.spins: found[name][neighbours][spin].append(ask(workers[spin], name))
                finally:
                    for loop in loops: loop.kill(); loop.wait()
            print(f'round {turn + 1} of {args.rounds}', file=sys.stderr, flush=True)
    finally:
        for worker in workers.values(): worker.kill(); worker.wait()
    return found

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--rounds', type=int, default=5)
    p.add_argument('--seconds', type=float, default=3., help='per measurement')
    p.add_argument('--threads', type=int, default=2)
    p.add_argument('--spins', nargs='+', default=SPINS.split(), metavar='N', help=f'default: {SPINS}')
    p.add_argument('--most', type=int, default=2, help='neighbours at most')
    p.add_argument('--out', help='also write JSON')
    p.add_argument('--work', action='store_true', help=argparse.SUPPRESS)
    args = p.parse_args()
    if args.work: return work(args.seconds, args.threads)
    found = measure(args)
    for name, rows in found.items():
        print(f'\n{name}, {args.threads} threads, images/s by GOMP_SPINCOUNT\n')
        print('| neighbours | ' + ' | '.join(args.spins) + ' |\n|---' + '|---'*len(args.spins) + '|')
        for neighbours, rates in rows.items():
            print(f'| {neighbours} | ' + ' | '.join(f'{median(rates[s]):.0f}' for s in args.spins) + ' |')
    if args.out:
        from acgan.files import write_json
        write_json(args.out, found)

if __name__ == '__main__': main()
