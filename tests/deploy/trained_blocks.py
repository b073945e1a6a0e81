"""Blocks and models whose BatchNorms have seen data, and what the tests of deploy forms compare them with."""

import torch
from torch import Tensor, nn
from ultralytics import YOLO

from yolo_slice.deploy.made_up_image import made_up_image


def after_steps(module: nn.Module, c1: int, steps: int = 3) -> nn.Module:
    """Train a block for some steps from random statistics, so that nothing in it is as it starts."""
    torch.manual_seed(0)
    randomise(module)
    optimizer = torch.optim.SGD(module.train().parameters(), lr=0.1) if [*module.parameters()] else None
    for _ in range(steps if optimizer else 0):
        optimizer.zero_grad()
        module(torch.randn(4, c1, 12, 8)).square().mean().backward()
        optimizer.step()
    return module.eval()


def randomise(module: nn.Module, spread: float = 0.5) -> nn.Module:
    """Give every BatchNorm random values and statistics, so far from 1 and 0."""
    for m in module.modules():
        if isinstance(m, nn.BatchNorm2d):
            nn.init.uniform_(m.weight, 1 - spread, 1 + spread)
            nn.init.normal_(m.bias, std=spread)
            nn.init.normal_(m.running_mean, std=spread)
            nn.init.uniform_(m.running_var, 1 - spread, 1 + spread)
    return module


def live_network(name: str) -> nn.Module:
    """The network of a model file with the statistics of images: what comes out depends on what goes in.

    As a network starts, its features fade from layer to layer, and its outputs are the same for every image.
    """
    torch.manual_seed(0)
    network = YOLO(name).model
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    momenta = [m.momentum for m in norms]
    for m in norms:
        m.momentum = 1.0
    with torch.no_grad():
        network.train()(torch.stack([made_up_image((1, 3, 96, 96), seed)[0] for seed in range(4)]))
    for m, momentum in zip(norms, momenta, strict=True):
        m.momentum = momentum
    for m in network.model[-1].modules():  # the last convolutions: scores are not all near nothing
        if type(m) is nn.Conv2d and m.bias is not None:
            nn.init.normal_(m.bias)
            m.weight.data *= 2
    return network.eval()


def relative_difference(ours: Tensor, theirs: Tensor) -> float:
    """The largest difference over the scale of what is compared, which must vary."""
    ours, theirs = ours.detach(), theirs.detach()
    assert theirs.std() > 0
    return float((ours - theirs).abs().max() / theirs.abs().max())


def first(output: Tensor | tuple | list) -> Tensor:
    """The decoded output of a detector in eval mode."""
    return output if isinstance(output, Tensor) else output[0]
