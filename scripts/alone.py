"""Runs a command that only one process at a time may run in this checkout: alone.py LOCK_FILE COMMAND ...

A second one says so and waits. The lock is held by the command's own process, so it is gone when that ends, however it ends."""
import fcntl, os, sys
from pathlib import Path

def main(lock, *command):
    Path(lock).parent.mkdir(parents=True, exist_ok=True)
    f = open(lock, 'a+', encoding='utf8')
    try: fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        f.seek(0)
        who = f.read().strip() or 'unknown'
        print(f'Another make (process {who}) is at work here: waiting for it.', file=sys.stderr, flush=True)
        fcntl.flock(f, fcntl.LOCK_EX)
    f.truncate(0); f.write(str(os.getpid())); f.flush()
    os.set_inheritable(f.fileno(), True)
    os.execvp(command[0], command)

if __name__ == '__main__':
    if len(sys.argv) < 3: sys.exit(__doc__)
    main(*sys.argv[1:])
