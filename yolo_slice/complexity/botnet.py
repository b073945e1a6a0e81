"""BoTNet-S1, for counting: a ResNet whose last stage attends instead of convolving (Srinivas et al. 2021)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from yolo_slice.blocks.ssb import SSB

HEADS, HEAD_CHANNELS = 4, 128
CLASSES = 1000  # ImageNet


class BoTNet(nn.Module):
    """BoTNet-S1, with its last stage at stride 16, or SSBNet's version of it.

    (B, 3, imgsz, imgsz) -> (B, classes) logits. Made for its numbers of parameters and operations, not for training.

    Args:
        depths: Blocks of the four stages.
        imgsz: Side of the image, pixels: the tables of relative positions depend on it.
        sizes: Sides that the branches of the last three stages work on, but for the first of each; None: not sampled.
    """

    def __init__(self, depths: Sequence[int], imgsz: int, sizes: Sequence[int] | None = None) -> None:
        super().__init__()
        self.stem = nn.Sequential(_conv(3, 64, 7, 2), nn.SiLU(), nn.MaxPool2d(3, 2, 1))
        side = -(-imgsz // 4)
        stages, c1 = [], 64
        for stage, (depth, width) in enumerate(zip(depths, (64, 128, 256, 512), strict=True)):
            stride = 2 if stage in (1, 2) else 1
            side = -(-side // stride)
            size = sizes[stage - 1] if sizes and stage else None
            stages += [_Block(c1, width, stride, side if stage == 3 else 0)]
            stages += [_rest(width, side if stage == 3 else 0, size) for _ in range(depth - 1)]
            c1 = 4 * width
        self.stages = nn.Sequential(*stages)
        self.classify = nn.Linear(c1, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.classify(self.stages(self.stem(x)).mean((2, 3)))


class Attention(nn.Module):
    """Attention of every pixel to every other, with logits of relative rows and columns, which the heads share."""

    def __init__(self, channels: int, side: int) -> None:
        super().__init__()
        self.qkv = nn.Conv2d(channels, 3 * HEADS * HEAD_CHANNELS, 1, bias=False)
        self.rows = nn.Parameter(torch.zeros(2 * side - 1, HEAD_CHANNELS))
        self.columns = nn.Parameter(torch.zeros(2 * side - 1, HEAD_CHANNELS))

    def forward(self, x: Tensor) -> Tensor:
        b, _, h, w = x.shape
        q, k, v = self.qkv(x).reshape(b, 3, HEADS, HEAD_CHANNELS, h * w).unbind(1)
        logits = torch.matmul(q.transpose(2, 3), k) + self._positions(q, h, w)
        weights = (logits * HEAD_CHANNELS**-0.5).softmax(3)
        return torch.matmul(v, weights.transpose(2, 3)).reshape(b, -1, h, w)

    def _positions(self, q: Tensor, h: int, w: int) -> Tensor:
        """Return the logits (B, heads, h*w, h*w) of how far rows and columns are apart."""
        query = q.transpose(2, 3).unflatten(2, (h, w))  # (B, heads, h, w, channels)
        by_column = _relative(query, self.columns)[..., None, :]  # (B, heads, h, w, 1, w)
        by_row = _relative(query.transpose(2, 3), self.rows).transpose(2, 3)[..., None]  # (B, heads, h, w, h, 1)
        return (by_row + by_column).reshape(*q.shape[:2], h * w, h * w)


class _Excitation(nn.Module):
    """Squeeze and excitation with a ratio of 1/16."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze, self.excite = nn.Conv2d(channels, channels // 16, 1), nn.Conv2d(channels // 16, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.excite(self.squeeze(x.mean((2, 3), keepdim=True)).relu()).sigmoid()


class _Block(nn.Module):
    """The first block of a stage; `side` is that of the map if it attends, else 0."""

    def __init__(self, c1: int, width: int, stride: int, side: int) -> None:
        super().__init__()
        self.branch = _branch(c1, width, stride, side)
        self.shortcut = _conv(c1, 4 * width, 1, stride)
        self.act = nn.SiLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.shortcut(x) + self.branch(x))


class _Residual(nn.Module):
    """Any other block."""

    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch, self.act = branch, nn.SiLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.act(x + self.branch(x))


def _rest(width: int, side: int, size: int | None) -> nn.Module:
    branch = _branch(4 * width, width, 1, size if side and size else side)
    return SSB(4 * width, branch, nn.SiLU(), size=(size, size)) if size else _Residual(branch)


def _branch(c1: int, width: int, stride: int, side: int) -> nn.Sequential:
    middle = nn.Sequential(Attention(width, side), nn.BatchNorm2d(width)) if side else _conv(width, width, 3, stride)
    end = [] if side else [_Excitation(4 * width)]
    return nn.Sequential(_conv(c1, width, 1), nn.SiLU(), middle, nn.SiLU(), _conv(width, 4 * width, 1), *end)


def _conv(c1: int, c2: int, k: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(c1, c2, k, stride, k // 2, bias=False), nn.BatchNorm2d(c2))


def _relative(query: Tensor, table: Tensor) -> Tensor:
    """Return each pixel's logits for the n pixels of its line: (..., n, channels), (2n-1, channels) -> (..., n, n)."""
    logits, n = torch.matmul(query, table.T), query.shape[-2]
    steps = torch.arange(n, device=query.device)
    return logits.gather(-1, (steps - steps[:, None] + n - 1).expand(*logits.shape[:-1], n))
