"""Selective stages whose masks are what a test wants."""

from typing import TypeVar

import torch
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.segmentation.selective_stage import SelectiveStage

M = TypeVar("M", bound=nn.Module)


class FixedMask(nn.Module):
    """A mask (1, 1, h, w) for every image, in place of a learned one."""

    def __init__(self, mask: Tensor) -> None:
        super().__init__()
        self.register_buffer("mask", mask)
        self.pixels = self.blocks = nn.Sequential()  # no layers of its own

    def forward(self, x: Tensor) -> Tensor:
        return self.mask.to(x.dtype).expand(len(x), -1, -1, -1)


def live_stage(c1: int = 8, c2: int = 16, depth: int = 3, mode: str = "learned", seed: int = 0) -> SelectiveStage:
    """A stage in eval mode, whose BatchNorms are not at their start."""
    torch.manual_seed(seed)
    return enliven(SelectiveStage(c1, c2, depth, mode)).eval()


def enliven(module: M) -> M:
    """Give the BatchNorms of a module statistics and factors as after a training."""
    for m in module.modules():
        if isinstance(m, nn.BatchNorm2d):
            nn.init.normal_(m.running_mean, std=0.2)
            nn.init.uniform_(m.running_var, 0.5, 2.0)
            nn.init.uniform_(m.weight, 0.5, 2.0)
            nn.init.normal_(m.bias, std=0.2)
    return module


def with_mask(stage: SelectiveStage, mask: Tensor) -> SelectiveStage:
    """Let a stage of mode learned keep what a mask (h, w) says."""
    stage.learned_mask = FixedMask(mask[None, None].float())
    return stage


def on_map(stage: SelectiveStage, x: Tensor) -> Tensor:
    """Run a stage on one image as part of a batch, where it is computed on the whole map."""
    y = stage(x.repeat(2, 1, 1, 1))
    assert stage.last is None or not stage.last.by_points
    return y[:1]


def fold(module: nn.Module) -> None:
    """Fold BatchNorms as Ultralytics' `fuse` does."""
    from ultralytics.utils.torch_utils import fuse_conv_and_bn

    for m in module.modules():
        if isinstance(m, Conv):
            m.conv = fuse_conv_and_bn(m.conv, m.bn)
            del m.bn
            m.forward = m.forward_fuse
