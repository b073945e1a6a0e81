"""Blocks and models whose BatchNorms have seen data, and what the tests of deploy forms compare them with."""

import torch
from torch import Tensor, nn
from ultralytics import YOLO


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


def randomise(module: nn.Module) -> nn.Module:
    """Give every BatchNorm random values and statistics."""
    for m in module.modules():
        if isinstance(m, nn.BatchNorm2d):
            nn.init.uniform_(m.weight, 0.5, 1.5)
            nn.init.normal_(m.bias, std=0.3)
            nn.init.normal_(m.running_mean, std=0.3)
            nn.init.uniform_(m.running_var, 0.5, 1.5)
    return module


def live_network(name: str) -> nn.Module:
    """The network of a model file whose features vary from image to image, and its scores, which are about one half."""
    torch.manual_seed(0)
    network = randomise(YOLO(name).model)
    head = network.model[-1]
    for conv in [m for m in head.modules() if isinstance(m, nn.Conv2d) and m.bias is not None]:
        nn.init.normal_(conv.bias)
        with torch.no_grad():
            conv.weight *= 10
    return network.eval()


def relative_difference(ours: Tensor, theirs: Tensor) -> float:
    """The largest difference over the scale of what is compared, which must vary."""
    ours, theirs = ours.detach(), theirs.detach()
    assert theirs.std() > 0
    return float((ours - theirs).abs().max() / theirs.abs().max())


def first(output: Tensor | tuple | list) -> Tensor:
    """The decoded output of a detector in eval mode."""
    return output if isinstance(output, Tensor) else output[0]
