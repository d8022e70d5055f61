"""What CONTRIBUTING promises: a loss and networks are added in one place, and one model, many models and the command line know them."""
from pathlib import Path

import pytest
import torch

import acgan
from acgan import config, heads, losses, networks
from acgan.data.sets import ImageSet
from acgan.training.loop import train
from acgan.training.many import train_splits

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def toy():
    g = torch.Generator().manual_seed(0)
    return ImageSet(torch.randint(0, 256, (40, 1, 32, 32), dtype=torch.uint8, generator=g), torch.arange(40) % 2,
                    ('ant', 'bee'), name='toy', split='train')


@pytest.fixture
def registered():
    def weighted(logits): return -2*logits.mean()

    class Loud(networks.Generator):
        def forward(self, z, labels): return super().forward(2*z, labels)
    losses.register('weighted', weighted)
    networks.register('loud', Loud)

    class Doubtful(heads.Head):
        def g_loss(self, fake, c, config, class_weight=1.): return super().g_loss(fake, c, config, 0.)
    heads.register('doubtful', Doubtful())
    yield
    del losses.LOSSES['weighted'], networks.NETWORKS['loud'], heads.HEADS['doubtful']
    config.CHOICES['g_loss'].remove('weighted')
    config.CHOICES['network'].remove('loud')
    config.CHOICES['head'].remove('doubtful')


SMALL = dict(channels=1, n_classes=2, batch_size=10, steps=2, width=.125, precision='fp32')


def test_a_loss_and_a_network_of_ones_own(registered, toy, tmp_path):
    c = acgan.TrainConfig(g_loss='weighted', network='loud', **SMALL)
    run = train(c, toy, tmp_path/'one', device='cpu', progress=False)
    model = acgan.load(run, 'cpu')
    assert type(model.generator).__name__ == 'Loud' and model.config.g_loss == 'weighted'
    usual = train(acgan.TrainConfig(**SMALL), toy, tmp_path/'usual', device='cpu', progress=False)
    assert not torch.equal(model.sample([0], seed=0), acgan.load(usual, 'cpu').sample([0], seed=0))


def test_a_head_of_ones_own(registered, toy, tmp_path):
    own, usual = (train(acgan.TrainConfig(head=head, g_class_weight=weight, **SMALL), toy, tmp_path/head, device='cpu',
                        progress=False) for head, weight in (('doubtful', 1.), ('ac', 0.)))
    own, usual = (acgan.load(o, 'cpu').sample([0, 1], seed=0) for o in (own, usual))
    assert torch.equal(own, usual)


def test_networks_that_do_not_stack_train_alone(registered, toy, tmp_path):
    with pytest.raises(ValueError, match="network='loud' are trained one by one"):
        train_splits([acgan.TrainConfig(network='loud', seed=s, **SMALL) for s in (0, 1)], toy,
                     [tmp_path/'a', tmp_path/'b'], device='cpu', progress=False)


def test_many_models_at_once_know_the_loss(registered, toy, tmp_path):
    both = [acgan.TrainConfig(g_loss='weighted', seed=s, **SMALL) for s in (0, 1)]
    runs = train_splits(both, [toy, toy], [tmp_path/'a', tmp_path/'b'], device='cpu', progress=False)
    alone = train(both[0], toy, tmp_path/'alone', device='cpu', progress=False)
    a, b = (acgan.load(p, 'cpu').sample([0, 1], seed=0) for p in (runs[0].folder, alone))
    assert torch.allclose(a, b, atol=1e-3)


def test_names_that_nobody_registered():
    with pytest.raises(ValueError, match="g_loss='wasserstein' is not possible: choose one of 'non-saturating'"):
        acgan.TrainConfig(g_loss='wasserstein')
    with pytest.raises(ValueError, match="network='resnet' is not possible"):
        acgan.TrainConfig(network='resnet')
    with pytest.raises(ValueError, match='already'):
        losses.register('saturating', abs)


def test_contributing_shows_both():
    text = (ROOT/'CONTRIBUTING.md').read_text()
    assert 'LOSSES' in text and 'register(' in text and len(text.splitlines()) < 100
