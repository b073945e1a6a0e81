"""UPerNet, for counting: the segmentation network that the SliceSamp paper put on Swin-T (Xiao et al. 2018)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CLASSES = 150  # ADE20K
POOL_SIZES = (1, 2, 3, 6)


class SwinUPerNet(nn.Module):
    """A Swin Transformer with UPerNet's head and, while training, its auxiliary head, as in mmsegmentation.

    (B, 3, H, W) -> (B, classes, H/4, W/4) logits. Made for its numbers of parameters and operations, not for training.

    Args:
        features: The `features` of a torchvision Swin: patch embedding, then stages and patch mergings by turns.
        widths: Channels of the four stages.
        channels: Width of the head.
        auxiliary: Width of the auxiliary head, which reads the third stage.
    """

    def __init__(
        self, features: nn.Sequential, widths: Sequence[int], channels: int = 512, auxiliary: int = 256
    ) -> None:
        super().__init__()
        self.features = features
        self.norms = nn.ModuleList(nn.LayerNorm(width) for width in widths)
        self.pyramid = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(size), _conv(widths[-1], channels, 1)) for size in POOL_SIZES
        )
        self.bottleneck = _conv(widths[-1] + len(POOL_SIZES) * channels, channels, 3)
        self.laterals = nn.ModuleList(_conv(width, channels, 1) for width in widths[:-1])
        self.smooth = nn.ModuleList(_conv(channels, channels, 3) for _ in widths[:-1])
        self.fuse = _conv(len(widths) * channels, channels, 3)
        self.classify = nn.Conv2d(channels, CLASSES, 1)
        self.auxiliary = nn.Sequential(_conv(widths[2], auxiliary, 3), nn.Conv2d(auxiliary, CLASSES, 1))

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        stages = self._stages(x)
        levels = [lateral(y) for lateral, y in zip(self.laterals, stages, strict=False)] + [self._context(stages[-1])]
        for i in (2, 1, 0):
            levels[i] = levels[i] + _resize(levels[i + 1], levels[i])
        levels = [*(smooth(y) for smooth, y in zip(self.smooth, levels, strict=False)), levels[-1]]
        y = self.classify(self.fuse(torch.cat([_resize(level, levels[0]) for level in levels], 1)))
        return (y, self.auxiliary(stages[2])) if self.training else y

    def _stages(self, x: Tensor) -> list[Tensor]:
        """Return the normalised outputs of the four stages, channels first; layers 2, 4 and 6 merge patches."""
        stages = []
        for index, layer in enumerate(self.features):
            x = layer(x)
            if index % 2:
                stages.append(self.norms[index // 2](x).permute(0, 3, 1, 2))
        return stages

    def _context(self, x: Tensor) -> Tensor:
        return self.bottleneck(torch.cat([x, *(_resize(pool(x), x) for pool in self.pyramid)], 1))


def _conv(c1: int, c2: int, k: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(c1, c2, k, padding=k // 2, bias=False), nn.BatchNorm2d(c2), nn.ReLU(inplace=True))


def _resize(x: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x, like.shape[-2:], mode="bilinear")
