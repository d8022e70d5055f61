"""One Snakemake job as a Kubernetes Job, for the executor cluster-generic: job.py submit SCRIPT | status NAME | cancel NAME..."""
import json, os, re, subprocess, sys
from pathlib import Path

def kubectl(*args, text=None):
    space = ['--namespace', os.environ['ACGAN_NAMESPACE']] if os.environ.get('ACGAN_NAMESPACE') else []
    r = subprocess.run(['kubectl', *space, *args], input=text, capture_output=True, text=True)
    if r.returncode: sys.exit(f'kubectl {args[0]} failed: {r.stderr.strip()}')
    return r.stdout.strip()

def manifest(script, properties, env, folder): # what Snakemake wrote about the job, environment, working directory -> a Job
    if missing := [k for k in ('ACGAN_IMAGE', 'ACGAN_CLAIM', 'ACGAN_MOUNT') if not env.get(k)]:
        sys.exit(f'{", ".join(missing)} is not set: see the head of profiles/kubernetes/config.yaml.')
    r = properties.get('resources', {})
    limits = {'memory': f'{r.get("mem_mb", 4000)}M'} | ({'nvidia.com/gpu': str(r['gpu'])} if r.get('gpu') else {})
    passed = [dict(name=k, value=env[k]) for k in ('PATH', 'PYTHONPATH', 'ACGAN_CACHE', 'ACGAN_DATA', 'HOME') if env.get(k)]
    container = dict(name='job', image=env['ACGAN_IMAGE'], command=['/bin/sh', str(script)], workingDir=str(folder), env=passed,
                     resources=dict(requests={'cpu': str(properties.get('threads', 1)), **limits}, limits=limits), volumeMounts=[dict(name='acgan', mountPath=env['ACGAN_MOUNT'])])
    pod = dict(restartPolicy='Never', containers=[container], volumes=[dict(name='acgan', persistentVolumeClaim=dict(claimName=env['ACGAN_CLAIM']))],
               terminationGracePeriodSeconds=120) # time to save before an eviction
    name = re.sub(r'[^a-z0-9]+', '-', str(properties.get('rule', 'job')).lower()).strip('-')
    return dict(apiVersion='batch/v1', kind='Job', metadata=dict(generateName=f'acgan-{name}-', labels=dict(app='acgan')),
                spec=dict(backoffLimit=0, activeDeadlineSeconds=60*int(r.get('runtime', 60)), ttlSecondsAfterFinished=86400, template=dict(spec=pod)))

def main(what, *args):
    if what == 'submit':
        found = re.search(r'^# properties = (.*)$', Path(args[-1]).read_text(encoding='utf8'), re.M)
        print(kubectl('create', '-f', '-', '-o', 'name', text=json.dumps(manifest(args[-1], json.loads(found[1]) if found else {}, os.environ, Path.cwd()))))
    elif what == 'status':
        said = kubectl('get', args[0], '-o', 'jsonpath={range .status.conditions[*]}{.type}={.status} {end}')
        print('success' if 'Complete=True' in said else 'failed' if 'Failed=True' in said else 'running')
    elif what == 'cancel': kubectl('delete', '--ignore-not-found', '--wait=false', *args)
    else: sys.exit(__doc__)

if __name__ == '__main__':
    if len(sys.argv) < 3: sys.exit(__doc__)
    main(*sys.argv[1:])
