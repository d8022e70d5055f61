"""acgan.metrics.diversity against a slow oracle, pytorch_msssim, and simulations."""
import math, sys
from pathlib import Path
import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))
from oracles import ms_ssim_oracle
from acgan.metrics.diversity import class_diversity, collapsing
from acgan.metrics.msssim import ms_ssim, pair_scores
from acgan.report.diversity import wilson


def pairs_of(kind, n, c, h, w, seed=0):
    """n pairs of images (n,c,h,w) uint8 that look like `kind`."""
    g = torch.Generator().manual_seed(seed)
    noise = torch.rand(2, n, c, h, w, generator=g) * 255
    coarse = torch.nn.functional.interpolate(torch.rand(2 * n, c, 4, 4, generator=g) * 255, (h, w), mode="bicubic").view(2, n, c, h, w)
    x, y = dict(noise=noise, smooth=coarse, alike=torch.stack([coarse[0], coarse[0] * 0.8 + 0.1 * noise[0]]),
                flat=(coarse > 160) * 255.0,                                  # large areas of exactly black and white
                bright=coarse.clamp(0, 255) * 0.02 + 249 + noise * 0.001)[kind]  # hardly any contrast far from zero: cancels in float32
    return x.clamp(0, 255).round().to(torch.uint8), y.clamp(0, 255).round().to(torch.uint8)


@pytest.mark.parametrize("h,w", [(32, 32), (64, 64), (128, 128), (100, 75), (16, 16), (17, 31), (176, 176)])
@pytest.mark.parametrize("kind", ["noise", "smooth", "alike", "flat", "bright"])
@pytest.mark.parametrize("c", [1, 3])
def test_oracle(h, w, kind, c):
    x, y = pairs_of(kind, 3, c, h, w)
    want = torch.tensor([ms_ssim_oracle(a, b) for a, b in zip(x.numpy(), y.numpy())], dtype=torch.float64)
    for dtype, eps in ((torch.uint8, 1e-5), (torch.float32, 1e-5), (torch.float64, 1e-9)):
        got = ms_ssim(x.to(dtype), y.to(dtype))
        assert got.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
        assert (got.double() - want).abs().max() < eps, (dtype, got, want)


def test_other_range():
    x, y = pairs_of("alike", 2, 3, 40, 40)
    assert torch.allclose(ms_ssim(x.double() / 255, y.double() / 255, data_range=1.0), ms_ssim(x.double(), y.double()), atol=1e-9)


def test_pytorch_msssim_at_176_one_channel():
    import pytorch_msssim
    x, y = (t.float() for t in pairs_of("alike", 4, 1, 176, 176))
    assert torch.allclose(ms_ssim(x, y), pytorch_msssim.ms_ssim(x, y, size_average=False), atol=1e-5)


def test_gradient_is_right_and_finite():
    x, y = (t.double() for t in pairs_of("alike", 1, 1, 16, 18))
    x = x.clamp(1, 254).requires_grad_()
    assert torch.autograd.gradcheck(lambda v: ms_ssim(v, y), (x,), eps=1e-3, atol=1e-7)
    x, y = (t.float() for t in pairs_of("noise", 8, 3, 32, 32))
    x.requires_grad_()
    ms_ssim(x, y).sum().backward()
    assert x.grad.isfinite().all()


def test_callers_precision_and_mode_do_not_matter():
    x, y = pairs_of("alike", 2, 3, 64, 64)
    want = ms_ssim(x, y)
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(ms_ssim(x, y), want)
    old = torch.get_float32_matmul_precision()
    try:
        torch.set_float32_matmul_precision("medium")
        assert torch.equal(ms_ssim(x, y), want)
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision(old)
    v = x.float().requires_grad_()
    ms_ssim(v, y.float()).sum().backward()  # after inference mode filled the cache


def test_errors():
    x, _ = pairs_of("noise", 2, 1, 32, 32)
    for bad, words in (((x.float() / 127.5 - 1, x), "127.5"), ((x, x[:1]), "one shape"), ((x[..., :8], x[..., :8]), "at least 16x16"),
                       ((x.float() * float("nan"), x), "nan"), ((x.float() * 2, x), "above data_range")):
        with pytest.raises(ValueError, match=words):
            ms_ssim(*bad)


@pytest.mark.parametrize("n", [5, 70, 140])
def test_all_pairs_equal_one_by_one(n):
    x, _ = pairs_of("smooth", n, 3, 32, 36)
    i, j, s = (torch.cat(t) for t in zip(*pair_scores(x)))
    assert sorted(zip(i.tolist(), j.tolist())) == [(a, b) for a in range(n) for b in range(a + 1, n)]
    assert torch.allclose(s, ms_ssim(x[i], x[j]), atol=1e-5)
    r = class_diversity(x, torch.zeros(n, dtype=torch.long), pairs="all")
    assert abs(r.mean[0] - float(s.double().mean())) < 1e-5 and abs(r.std[0] - float(s.double().std())) < 1e-5


def test_random_pairs_are_distinct_uniform_and_repeatable():
    x, _ = pairs_of("noise", 12, 1, 16, 16)
    counts = torch.zeros(12, 12)
    for seed in range(200):
        i, j, _ = (torch.cat(t) for t in zip(*pair_scores(x, 20, seed)))
        assert len(set(zip(i.tolist(), j.tolist()))) == 20 and (i < j).all()
        counts[i, j] += 1
    seen = counts[counts > 0]  # each of the 66 pairs 200*20/66 = 60.6 times, sd 6.5
    assert len(seen) == 66 and seen.min() > 35 and seen.max() < 87
    labels = torch.arange(12) % 2
    one, two = (class_diversity(x, labels, pairs=10, seed=3) for _ in range(2))
    assert one == two and one != class_diversity(x, labels, pairs=10, seed=4)


def test_a_generator_that_ignores_z_scores_one_and_is_collapsed():
    x, _ = pairs_of("smooth", 3, 3, 32, 32)
    labels = torch.arange(3).repeat_interleave(10)
    x = x[labels].clone()
    x[:10], _ = pairs_of("noise", 10, 3, 32, 32)  # class 0 is healthy
    for pairs in (20, "all"):
        r = class_diversity(x, labels, pairs=pairs)
        assert r.collapsed == [False, True, True]
        assert max(abs(m - 1) for m in r.mean[1:]) < 1e-6 and max(r.std[1:]) < 1e-6


def _simulate(pairs, reps=150, n=14):
    """Means and claimed standard errors over fresh samples: patterns of random strength on noise, so that some images are like all others."""
    g, out = torch.Generator().manual_seed(1), []
    base = torch.nn.functional.interpolate(torch.rand(1, 1, 4, 4, generator=g), (16, 16), mode="bicubic")
    for r in range(reps):
        x = 0.5 + (base - 0.5) * torch.rand(n, 1, 1, 1, generator=g) + 0.1 * torch.randn(n, 1, 16, 16, generator=g)
        res = class_diversity((x * 255).clamp(0, 255).to(torch.uint8), torch.zeros(n, dtype=torch.long), pairs=pairs, seed=r)
        out.append((res.mean[0], res.standard_error[0], res.std[0] / math.sqrt(res.n[0])))
    return np.array(out).T


@pytest.mark.parametrize("pairs", ["all", 30])
def test_standard_error_is_calibrated(pairs):
    mean, se, naive = _simulate(pairs)
    ratio = math.sqrt((se**2).mean()) / mean.std(ddof=1)
    assert 0.82 < ratio < 1.25, ratio                      # 150 repeats know a standard deviation to about 6%
    if pairs == "all":
        assert math.sqrt((naive**2).mean()) / mean.std(ddof=1) < 0.6  # taking pairs as independent would claim far too much


def test_collapsing_rule_and_wilson():
    rise, good, high = [0.6, 0.57, 0.6, 0.9], [0.7, 0.3, 0.2, 0.1], [0.5, 0.45, 0.45, 0.5]
    assert collapsing([rise, good, high], threshold=0.25).tolist() == [True, False, False]
    lo, hi = wilson(847, 1000)
    assert abs(lo - 0.8234) < 2e-3 and abs(hi - 0.8681) < 2e-3
    assert wilson(0, 10)[0] == 0 and wilson(10, 10)[1] == 1
