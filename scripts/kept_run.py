"""A long run that outlives its machine: a small copy that may be committed, and a run folder made from it again.

    python scripts/kept_run.py pack RUN runs-kept/NAME                 weights of G and D in half precision, settings, thinned log
    python scripts/kept_run.py unpack runs-kept/NAME RUN --root DIR    a run folder; then acgan train ... --out RUN --resume

MS-SSIM of the snapshots so far is kept as well; the snapshots are not. What the optimisers had gathered, and the average of G, are
not kept: the run goes on with fresh ones, so it is not the same to the bit. It is removed from the repository when the run has ended."""
import argparse, shutil, sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


DIVERSITY = 'training_diversity.json'

def pack(run, out):
    import torch
    from acgan.config import TrainConfig
    from acgan.files import atomic_write, read_json, write_json
    from acgan.networks import build
    from acgan.report.evaluate import thinned
    from acgan.training.checkpoints import save_weights
    about = read_json(run/'config.json')
    nets = dict(zip(('G', 'D'), build(TrainConfig.from_json(about['config']))))
    state = torch.load(run/'state.pt', map_location='cpu', weights_only=True)
    out.mkdir(parents=True, exist_ok=True)
    for name, net in nets.items():
        net.load_state_dict(state[name])
        save_weights(net, out/f'{name}.safetensors', half=True)
    write_json(out/'config.json', about)
    if (run/'snapshots').is_dir(): # figure 5 outlives the snapshots
        from acgan.metrics.diversity import training_diversity
        training_diversity(run).save(out/DIVERSITY)
    lines = (run/'log.jsonl').read_text().splitlines()
    with atomic_write(out/'log.jsonl') as f: f.writelines(o + '\n' for o in thinned(lines, 100))
    size = sum(p.stat().st_size for p in out.iterdir())
    print(f'{out}: step {about["step"]:,}, {size/2**20:.1f} MiB')


def unpack(kept, run, root):
    from acgan.config import TrainConfig
    from acgan.data.sets import images_of
    from acgan.files import read_json
    from acgan.models import load_weights
    from acgan.training.checkpoints import save_checkpoint
    from acgan.training.loop import Trainer
    import torch
    if run.exists() and any(run.iterdir()): sys.exit(f'{run} is not empty: name a new folder.')
    about = read_json(kept/'config.json')
    config = TrainConfig.from_json(about['config'])
    t = Trainer(config, torch.device('cpu'))
    for name, net in (('G', t.G), ('D', t.D)): load_weights(net, kept/f'{name}.safetensors')
    if t.ema: t.ema.load_state_dict(t.G.state_dict())
    t.rng.manual_seed(config.seed*1_000_003 + about['step'])
    run.mkdir(parents=True, exist_ok=True)
    save_checkpoint(t, images_of(config, root=root), run, about['step'])
    for name in ('log.jsonl', DIVERSITY):
        if (kept/name).exists(): shutil.copy(kept/name, run)
    print(f'{run}: at step {about["step"]:,} of {config.steps:,}')


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('what', choices=['pack', 'unpack'])
    p.add_argument('source', type=Path)
    p.add_argument('target', type=Path)
    p.add_argument('--root', type=Path)
    args = p.parse_args()
    if args.what == 'pack': pack(args.source, args.target)
    else: unpack(args.source, args.target, args.root)


if __name__ == '__main__': main()
