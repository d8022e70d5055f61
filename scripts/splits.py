"""One job of the experiment of class splits, for workflows/splits.smk or by hand:

    python scripts/splits.py plan FOLDER SETTINGS_AS_JSON      which classes there are, and how they are cut: FOLDER/plan.json
    python scripts/splits.py images FOLDER K,K,...             decode the images of these splits into the cache
    python scripts/splits.py train FOLDER K,K,... [DEVICE]     train these models side by side, or go on with them
    python scripts/splits.py sample FOLDER K,K,... [DEVICE]    draw samples of each
    python scripts/splits.py measure FOLDER K,K,... [DEVICE]   measure them
    python scripts/splits.py join FOLDER FIGURES               one table, the figures
    python scripts/splits.py keep FOLDER FIGURES               settings, logs and table into that folder, for where runs are not kept
    python scripts/splits.py compare FOLDER OTHER              many models against OTHER's one model of the same classes: data/reference/one_or_many_DATA.json, which appendix/one_or_many draws

What is wrong with the input is told in one sentence; run again what was interrupted."""
import contextlib, fcntl, json, os, sys
from pathlib import Path

@contextlib.contextmanager
# where there are several GPUs, one that no other job here has taken; a batch system shows each job its own
# only
def own_gpu(device, folder, count):
    if device not in ('auto', 'cuda') or count < 2: yield device; return
    with contextlib.ExitStack() as held:
        for i in range(count):
            f = held.enter_context(open(Path(folder)/f'.gpu{i}-{os.uname().nodename}', 'w'))
            try: fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError: continue
            yield f'cuda:{i}'; return
        raise SystemExit(
            f'All {count} GPUs of this machine are taken by other jobs of {folder}: allow fewer at once with'
            f' GPUS={count}.'
        )

def main(step, folder, *args):
    import torch
    from acgan.replication import hundred_models as experiment
    from acgan.training.checkpoints import TrainingStopped
    device = args[1] if len(args) > 1 else 'auto'
    each = dict(
        images=lambda k: experiment.prepare_images(folder, k),
        sample=lambda k: experiment.sample_split(folder, k, device),
        measure=lambda k: experiment.measure_split(folder, k, device),
    )
    try:
        if step in ('images', 'train', 'sample', 'measure'): numbers = [int(k) for k in args[0].split(',')]
        if step == 'plan': experiment.make_plan(experiment.Asked(**json.loads(args[0])), folder)
        elif step == 'train':
            with own_gpu(device, folder, torch.cuda.device_count()) as d:
                experiment.train_pack(folder, numbers, d, progress=sys.stderr.isatty())
        elif step in each:
            for k in numbers: each[step](k)
        elif step == 'join': print(json.dumps(experiment.join(folder, args[0]), indent=1))
        elif step in ('keep', 'compare'):
            from acgan.replication import one_or_many
            if step == 'keep': print(one_or_many.keep_traces(folder, args[0]))
            else:
                found = one_or_many.compare(folder, args[0])
                print(one_or_many.keep(found, found.data.split()[0]))
        else:
            raise ValueError(
                f'There is no step {step!r}: plan, images, train, sample, measure, join, keep or compare.'
            )
    except (ValueError, TypeError, OSError, ImportError, TrainingStopped, torch.OutOfMemoryError) as e:
        sys.exit(f'splits {step} {folder}: {e}')

if __name__ == '__main__':
    if len(sys.argv) < 4: sys.exit(__doc__)
    main(*sys.argv[1:])
