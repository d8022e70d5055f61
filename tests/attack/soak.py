"""The soak, by hand: a training, samples, the explorer's pictures and measures for half an hour. Memory and open files must stay flat.

    cd tests && python -m attack.soak 30        minutes
"""
import os, subprocess, sys, tempfile, time
from dataclasses import replace
from pathlib import Path

def held(pid): # (MB of memory, open files) of a process
    pages = int(Path(f'/proc/{pid}/statm').read_text().split()[1])
    return pages*os.sysconf('SC_PAGE_SIZE')/1e6, len(os.listdir(f'/proc/{pid}/fd'))

def work(model, view, state, i): # one round of what people do
    from acgan.images import to_uint8
    from acgan.metrics.msssim import ms_ssim
    images = to_uint8(model.sample(list(range(10))*4, seed=i))
    assert 0 <= float(ms_ssim(images[:10], images[10:20]).mean()) <= 1
    now = replace(state, t=i % 100/100, mix=i % 7/7, class_a=i % 10, seed_a=i)
    for show in (view.frame, view.caption, view.row, view.grid, view.gif if i % 10 == 0 else view.still): show(now)
    view.neighbour(now)

def main(minutes):
    import acgan
    from acgan.explore.view import State, View
    model, view = acgan.load('fashion_mnist', 'cpu'), View.open('fashion_mnist', 'cpu')
    with tempfile.TemporaryDirectory() as d:
        command = [sys.executable, '-m', 'acgan', 'train', '--data', 'fashion_mnist_small', '--steps', '1000000', '--width', '.25', '--threads', '1',
                   '--save-every', '200', '--snapshot-every', '2000', '--batch-size', '20', '--device', 'cpu', '--out', f'{d}/run']
        p = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        start, seen, i = time.time(), [], 0
        try:
            while time.time() - start < 60*minutes:
                work(model, view, State(), i)
                i += 1
                if time.time() - start > 10*(len(seen) + 1):
                    assert p.poll() is None, 'the training ended'
                    seen.append((*held(os.getpid()), *held(p.pid)))
                    print(f'{time.time() - start:6.0f} s  here {seen[-1][0]:6.0f} MB {seen[-1][1]:3} files   training {seen[-1][2]:6.0f} MB {seen[-1][3]:3} files', flush=True)
        finally: p.terminate(); p.wait(60)
    warm, last = seen[len(seen)//5], [max(o) for o in zip(*seen[-len(seen)//5:])]
    print(f'{i} rounds; from {warm} to {last}')
    assert last[0] < 1.05*warm[0] + 20 and last[2] < 1.05*warm[2] + 20, 'memory grows'
    assert last[1] <= warm[1] + 4 and last[3] <= warm[3] + 4, 'files stay open'

if __name__ == '__main__': main(float(sys.argv[1]) if len(sys.argv) > 1 else 30)
