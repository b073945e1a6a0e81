"""Trains some layers of a converted model for a few steps to give what they gave before; no labels.

Two things make a short run lose accuracy, and both are a matter of scale. A first step of Adam moves every weight by
the learning rate, in directions that add up along a row: so the rate is relative, to each tensor's own size. And after
the shifted GELU all inputs of a pointwise convolution have a mean of about 5, which such a step multiplies: so they are
centred during training, and BatchNorm's running mean makes up for it.
"""

import copy
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from yolo_slice.blocks.slice_samp import SliceSamp
from yolo_slice.blocks.slice_upsamp import SliceUpsamp
from yolo_slice.integration.inference.layer_run import Layer, kept_outputs
from yolo_slice.integration.log import progress
from yolo_slice.transfer.explained import Explained

WARM_UP = 0.1  # share of the steps in which the rate rises


def distil(
    student: Layer,
    teacher: Layer,
    layers: range,
    batches: Iterator[Tensor],
    judge: Callable[[], Iterator[Tensor]],
    steps: int,
    rate: float,
    name: str,
) -> tuple[float, float]:
    """Bring the outputs of some layers closer to those of the unconverted model.

    The parameters of these layers learn; BatchNorm statistics stay. Of the first and the last state, the one that keeps
    more on the images to judge by stays.

    Args:
        student: The converted model, eval mode; changed.
        teacher: The unconverted one, eval mode.
        layers: Indices of neighbouring layers; the head is none of them.
        batches: Without end; (B, 3, H, W) images to learn from.
        judge: Gives the images to judge by, anew at every call.
        steps: Number of steps.
        rate: Of learning, at its highest: of each tensor's size, a step.
        name: What the progress bar calls it.

    Returns:
        The share of the teacher's variance that is kept, mean over its outputs, before and after.
    """
    before = _judge(student, teacher, layers, judge())
    if not steps:
        return before, before
    part = nn.ModuleList(student.model[i] for i in layers)
    first = copy.deepcopy(part.state_dict())
    optimizer = torch.optim.Adam([{"params": [p], "lr": rate * _size(p)} for p in part.parameters()])
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, steps))
    with centred(student, part, next(batches)), _learning(part):
        for _ in progress(range(steps), name):
            images = next(batches)
            wanted = kept_outputs(teacher, images, layers)
            with torch.enable_grad():
                loss = distance(kept_outputs(student, images, layers), wanted)
                optimizer.zero_grad()
                loss.backward()
            optimizer.step()
            schedule.step()
    after = _judge(student, teacher, layers, judge())
    if not after >= before:  # also when it is no number any more
        part.load_state_dict(first)
        return before, before
    return before, after


def distance(found: list[Tensor], wanted: list[Tensor]) -> Tensor:
    """Return the mean over maps of MSE / variance, which is that of all channels together."""
    return torch.stack([F.mse_loss(a, b) / b.var().clamp_min(1e-12) for a, b in zip(found, wanted, strict=True)]).mean()


def _judge(student: Layer, teacher: Layer, layers: range, images: Iterator[Tensor]) -> float:
    kept: dict[int, Explained] = {}
    for x in images:
        pairs = zip(kept_outputs(teacher, x, layers), kept_outputs(student, x, layers), strict=True)
        for number, (wanted, found) in enumerate(pairs):
            kept.setdefault(number, Explained()).add(wanted, found)
    return sum(k.share() for k in kept.values()) / len(kept)


def _size(p: Tensor) -> float:
    return max(float(p.detach().square().mean().sqrt()), 1e-3)


def _rate(step: int, steps: int) -> float:
    return min(1.0, (step + 1) / (WARM_UP * steps)) * (1 + math.cos(math.pi * step / steps)) / 2


@contextmanager
def _learning(part: nn.Module) -> Iterator[None]:
    """Let only these parameters learn meanwhile."""
    before = [(p, p.requires_grad) for p in part.parameters()]
    part.requires_grad_(True)
    try:
        yield
    finally:
        for p, wanted in before:
            p.requires_grad_(wanted)


@contextmanager
def centred(model: nn.Module, part: nn.Module, images: Tensor) -> Iterator[None]:
    """Take the mean off the inputs of the pointwise convolutions of our blocks in a part of a model meanwhile.

    Their outputs stay the same.
    """
    pointwise = [m.pointwise for m in part.modules() if isinstance(m, (SliceSamp, SliceUpsamp))]
    means: dict[nn.Module, Tensor] = {}

    def note(conv: nn.Module, given: tuple[Tensor, ...]) -> None:
        means[conv] = given[0].mean((0, 2, 3), keepdim=True)

    def centre(conv: nn.Module, given: tuple[Tensor, ...]) -> Tensor:
        return given[0] - means[conv]

    handles = [block.conv.register_forward_pre_hook(note) for block in pointwise]
    model(images)
    _remove(handles)
    for block in pointwise:
        block.bn.running_mean -= block.conv(means[block.conv]).flatten()
    handles = [block.conv.register_forward_pre_hook(centre) for block in pointwise]
    try:
        yield
    finally:
        _remove(handles)
        for block in pointwise:
            block.bn.running_mean += block.conv(means[block.conv]).flatten().detach()


def _remove(handles: list[torch.utils.hooks.RemovableHandle]) -> None:
    for handle in handles:
        handle.remove()
