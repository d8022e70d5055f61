"""The experiment of class splits on a real SLURM: controller, two nodes and munge on this machine's loopback, in a temporary folder, stopped at the end."""
import contextlib, csv, ctypes, getpass, json, os, shutil, signal, socket, subprocess, sys, tempfile, time
from pathlib import Path
import pytest

ROOT = Path(__file__).resolve().parent.parent
MISSING = [o for o in ('munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue') if not shutil.which(o, path=os.environ['PATH'] + ':/usr/sbin:/sbin')]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f'SLURM is not installed here ({", ".join(MISSING)} missing): apt-get install slurm-wlm munge')

CONF = '''ClusterName=acgan
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
AuthType=auth/munge
AuthInfo=socket={d}/munge.socket
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={d}/state
SlurmdSpoolDir={d}/spool-%n
SlurmctldPidFile={d}/slurmctld.pid
SlurmdPidFile={d}/slurmd-%n.pid
SlurmctldLogFile={d}/slurmctld.log
SlurmdLogFile={d}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
MinJobAge=600
KillWait=5
SlurmdParameters=config_overrides
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
GresTypes=gpu
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=8 RealMemory=64000 Gres=gpu:1 State=UNKNOWN
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=8 RealMemory=64000 Gres=gpu:1 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
'''

def free_ports(n):
    with contextlib.ExitStack() as held:
        socks = [held.enter_context(socket.socket()) for _ in range(n)]
        for s in socks: s.bind(('127.0.0.1', 0))
        return [s.getsockname()[1] for s in socks]

@pytest.fixture(scope='module')
def slurm():
    "Environment variables of a SLURM with two nodes, one (pretended) GPU each."
    d = Path(tempfile.mkdtemp(prefix='slurm-', dir='/tmp')) # a socket's path may have 107 letters
    d.chmod(0o755); (d/'state').mkdir()
    (d/'munge.key').write_bytes(os.urandom(1024)); (d/'munge.key').chmod(0o600)
    (d/'slurm.conf').write_text(CONF.format(d=d, host=socket.gethostname().split('.')[0], user=getpass.getuser(), ports=free_ports(3)))
    (d/'gres.conf').write_text('Name=gpu File=/dev/null\n')
    (d/'bin').mkdir(); srun = d/'bin'/'srun' # the plugin hides SLURM_CONF from its job steps: a cluster's srun finds its configuration in /etc/slurm
    srun.write_text(f'#!/bin/sh\nSLURM_CONF={d}/slurm.conf exec {shutil.which("srun")} "$@"\n'); srun.chmod(0o755)
    env = {**os.environ, 'SLURM_CONF': str(d/'slurm.conf'), 'PATH': f'{d}/bin:{os.environ["PATH"]}:/usr/sbin:/sbin'}
    started = []
    def start(*command):
        die = lambda: ctypes.CDLL(None).prctl(1, signal.SIGTERM) # PR_SET_PDEATHSIG: they end even when the tests are killed
        started.append(subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=d, preexec_fn=die))
    def stop():
        with contextlib.suppress(subprocess.SubprocessError): # what still runs when a test failed
            ask = lambda *command: subprocess.run(command, env=env, capture_output=True, text=True, timeout=10).stdout
            ask('scancel', '--user', getpass.getuser())
            for _ in range(30):
                if not ask('squeue', '-h'): break
                time.sleep(.5)
        for p in reversed(started):
            p.terminate()
            try: p.wait(15)
            except subprocess.TimeoutExpired: p.kill(); p.wait()
        shutil.rmtree(d, ignore_errors=True)
    try:
        files = {'socket': 'munge.socket', 'key-file': 'munge.key', 'pid-file': 'munged.pid', 'log-file': 'munged.log', 'seed-file': 'munged.seed'}
        start('munged', '--foreground', '--force', *(f'--{k}={d}/{v}' for k, v in files.items()))
        end = time.time() + 60
        while not (d/'munge.socket').exists() and time.time() < end: time.sleep(.1)
        start('slurmctld', '-D', '-f', str(d/'slurm.conf'))
        for n in ('n1', 'n2'): start('slurmd', '-D', '-N', n, '-f', str(d/'slurm.conf'))
        sinfo = lambda: subprocess.run(['sinfo', '-h', '-o', '%T %D'], env=env, capture_output=True, text=True).stdout.strip()
        while (up := sinfo()) != 'idle 2' and time.time() < end: time.sleep(.2)
        if up != 'idle 2':
            logs = ''.join(f'--- {p.name}\n' + '\n'.join(p.read_text(errors='replace').splitlines()[-5:]) + '\n' for p in d.glob('*.log'))
            pytest.skip(f'SLURM is installed but did not come up here ({up or "no controller"}):\n{logs}')
        yield env
    finally: stop()

# the plugin asks every 10 to 180 seconds; a test has no time for that
SNAKEMAKE = '''import sys, snakemake_executor_plugin_slurm as plugin
plugin.Executor.next_seconds_between_status_checks = property(lambda self: 1, lambda self, seconds: None)
from snakemake.cli import main
main()'''

def read_log(run): return [json.loads(l) for l in (run/'log.jsonl').read_text().splitlines() if l.endswith('}')] if (run/'log.jsonl').exists() else []

def test_splits_on_slurm_survive_a_killed_job(slurm, tmp_path):
    "Four models in two packed jobs, each with a GPU of its own; one job's process is killed, its retry goes on from the checkpoint, figures come out."
    for o in ('workflows', 'scripts', 'profiles'): shutil.copytree(ROOT/o, tmp_path/o, ignore=shutil.ignore_patterns('__pycache__'))
    steps = 60
    settings = dict(data='fashion_mnist_small', name='four', size=32, split_size=2, splits='0-3', pack=2, steps=steps, batch_size=20, width=.0625,
                    samples=20, pairs=30, judge='fashion_mnist', log_every=5, save_every=5, threads=1)
    command = [sys.executable, '-c', SNAKEMAKE, '-s', 'workflows/splits.smk', '--profile', 'profiles/slurm', '--latency-wait', '10', '--nocolor',
               '--config', *(f'{k}={v}' for k, v in settings.items())]
    env = {**slurm, 'PYTHONPATH': str(ROOT), 'OMP_NUM_THREADS': '1', 'ACGAN_CACHE': str(tmp_path/'cache')}
    said = open(tmp_path/'said.txt', 'w')
    p = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=said, stderr=subprocess.STDOUT)
    text = lambda: (tmp_path/'said.txt').read_text()
    victim, end = tmp_path/'runs/four/models/split_001', time.time() + 1500
    try:
        while len(before := read_log(victim)) < 3 or not (victim/'config.json').exists():
            assert p.poll() is None and time.time() < end, text()
            time.sleep(.05)
        os.kill(json.loads((victim/'.lock').read_text())['pid'], signal.SIGKILL)
        saved = json.loads((victim/'config.json').read_text())['step']
        assert saved < steps, 'the job ended before it could be killed: give it more steps'
        p.wait(max(1, end - time.time()))
    finally:
        if p.poll() is None: p.terminate(); p.wait(60)
    assert p.returncode == 0, text()
    assert 'Trying to restart job' in text()
    log = read_log(victim)
    assert [l['step'] for l in log] == list(range(5, steps + 1, 5))
    kept = [l for l in before if l['step'] <= saved]
    assert len(kept) >= 2 and log[:len(kept)] == kept # with the very rates of the first try: those steps were not done again
    rows = list(csv.DictReader((tmp_path/'runs/four/table.csv').open()))
    assert [r['class'] for r in rows] == ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker']
    assert all(r['step'] == str(steps) and not r['stopped'] and 0 <= float(r['ms_ssim']) <= 1 and float(r['real_accuracy']) > .5 for r in rows)
    for name in ('splits_fig4_scatter', 'splits_fig6_joint', 'splits_classes'): assert (tmp_path/f'figures/four/{name}.png').stat().st_size > 1000
    jobs = subprocess.run(['scontrol', '-o', 'show', 'jobs'], env=slurm, capture_output=True, text=True).stdout
    gpu = [l for l in jobs.splitlines() if 'gres/gpu=1' in l or 'gres:gpu:1' in l]
    nodes = {n for l in gpu for n in ('n1', 'n2') if f'NodeList={n} ' in l}
    assert len(gpu) == 3 and nodes == {'n1', 'n2'}, jobs # two packs and a retry, with a GPU each: on two nodes
    assert sum('JobState=FAILED' in l for l in jobs.splitlines()) == 1, jobs
