"""The front page's table of checkerboards (api/metrics/checkerboard), measured for named models and kept in data/reference/checkerboard.json:

    python scripts/checkerboards.py --root DIR cifar10=runs/cifar10 'cifar10, literal=runs/literal' fashion_mnist=fashion_mnist

What stands before the last = is the row's name, what stands behind it a run folder or a shipped model. Rows that are not named stay as they are.
100 samples and 100 real training images a class, seed 0."""
import argparse, sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('models', nargs='+', metavar='NAME=MODEL')
    p.add_argument('--root', help='folder that holds the data sets')
    p.add_argument('--device', default='auto')
    p.add_argument('--out', type=Path, help='another file')
    a = p.parse_args()
    if wrong := [m for m in a.models if not all(m.rpartition('=')[::2])]:
        p.error(f'{wrong[0]!r} is not NAME=MODEL')
    from acgan.metrics.checkerboard import checkerboard
    from acgan.metrics.diversity import balanced, sample_classes
    from acgan.report.evaluate import real_images
    from acgan.files import data_dir, read_json, write_json
    from acgan.hub import load
    out = a.out or data_dir()/'reference'/'checkerboard.json'
    rows = read_json(out) if out.exists() else {}
    for name, _, folder in (m.rpartition('=') for m in a.models):
        model = load(folder, a.device)
        c, real = model.config, real_images(model, root=a.root)['train']
        images, _ = sample_classes(model, 100, 0)
        about = {
            'kernels of G': {3: '3x3 after doubling'}.get(c.up_kernel, f'{c.up_kernel}x{c.up_kernel}'),
            'width of G': c.width,
            'of D': c.d_width or c.width,
            'images seen': f'{model.about["images_seen"]:,}',
        }
        b = checkerboard(
            images,
            real.images[balanced(real.labels, 100, 0)],
            0,
            model=model.name,
            weights=model.weights_hash,
            data=real.title,
            data_hash=real.hash,
            settings=about,
        )
        rows[name] = b.to_json()
        write_json(out, rows)
        print(f'{name}: {b.ratio:.2f} ({b.low:.2f} to {b.high:.2f}), real {b.real_ratio:.2f}', flush=True)

if __name__ == '__main__':
    try: main()
    except (ValueError, OSError) as e: sys.exit(f'checkerboards.py: {e}')
