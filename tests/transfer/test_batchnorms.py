"""Folded BatchNorm statistics come back, and nothing else changes."""

import torch
from torch import nn

from yolo_slice.transfer.batchnorms import find_folded, restore_statistics


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, bias=False), nn.BatchNorm2d(6, eps=0.1), nn.SiLU(), nn.Conv2d(6, 4, 3), nn.BatchNorm2d(4)
    ).eval()


def test_outputs_stay_and_training_sees_what_evaluation_sees() -> None:
    model = network()
    nn.init.uniform_(model[1].weight, 0.5, 2)
    nn.init.uniform_(model[1].bias, -1, 1)
    images = [torch.randn(1, 3, 40, 40) * 3 + 1 for _ in range(6)]
    with torch.no_grad():
        before = model(images[0])
        assert len(find_folded(model)) == 2
        assert restore_statistics(model, iter(images)) == 2
        assert torch.allclose(model(images[0]), before, atol=1e-5)
        assert find_folded(model) == []
        x = torch.cat(images)
        hidden = model[0](x)
        assert torch.allclose(model[1].running_mean, hidden.mean((0, 2, 3)), atol=1e-4)
        assert torch.allclose(model[1].running_var, hidden.var((0, 2, 3), unbiased=False), rtol=1e-3)
        settled = model(x)
        assert torch.allclose(settled, model.train()(x), atol=0.02 * float(settled.std()))


def test_real_statistics_are_left_alone() -> None:
    model = network()
    model.train()(torch.randn(4, 3, 16, 16))
    model.eval()
    kept = [bn.running_mean.clone() for bn in (model[1], model[4])]
    assert restore_statistics(model, [torch.randn(1, 3, 16, 16)]) == 0
    assert torch.equal(model[1].running_mean, kept[0])
    assert torch.equal(model[4].running_mean, kept[1])
