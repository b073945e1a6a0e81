"""Moves pixels into channels and back, in the slice order of SliceSamp, SPD-Conv, Focus and Swin."""

import warnings

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.registry import block


def space_to_depth(x: Tensor, s: int = 2) -> Tensor:
    """Move each s x s cell of pixels into channels (SliceSamp, Alg. 1; SPD-Conv, sec. 3.1).

    (B, C, H, W) -> (B, s*s*C, ceil(H/s), ceil(W/s)); H and W are zero-padded right and bottom to multiples of s.
    Channel g*C + q holds pixel (py, px) of channel q, with g = py + s*px: group-major, unlike
    `torch.nn.functional.pixel_unshuffle`, so weights trained in one order do not fit the other.

    Concatenated strided slices keep the memory layout and are, over all runtimes, the cheapest of the exact forms:
    `python -m yolo_slice.bench.slicing`.

    Args:
        x: Feature map.
        s: Side of a cell.

    Example:
        >>> space_to_depth(torch.arange(4.0).view(1, 1, 2, 2)).flatten().tolist()
        [0.0, 2.0, 1.0, 3.0]
    """
    x = pad_to_cells(x, s)
    return torch.cat([x[..., py::s, px::s] for px in range(s) for py in range(s)], 1)


def pad_to_cells(x: Tensor, s: int = 2) -> Tensor:
    """Pad height and width with zeros, right and bottom, to multiples of s.

    Example:
        >>> pad_to_cells(torch.ones(1, 1, 2, 1)).flatten().tolist()
        [1.0, 0.0, 1.0, 0.0]
    """
    height, width = fixed_sizes(x)
    if height % s or width % s:
        return F.pad(x, (0, -width % s, 0, -height % s))
    return x


def fixed_sizes(x: Tensor) -> tuple[int, int]:
    """Read height and width, also while tracing as numbers: the image traced with decides if the graph pads."""
    if not torch.jit.is_tracing():
        return x.shape[-2], x.shape[-1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        return int(x.shape[-2]), int(x.shape[-1])


def depth_to_space(x: Tensor) -> Tensor:
    """Move four groups of channels into 2 x 2 cells of pixels: the exact inverse of `space_to_depth`.

    (B, C, H, W) -> (B, C/4, 2H, 2W); C is a multiple of 4.

    In eager mode one copy of a permuted view, whose gradient is another. In a traced graph the channels are put into
    `pixel_shuffle`'s order first, because runtimes know `pixel_shuffle` (ONNX: DepthToSpace). Filling a tensor slice by
    slice would export as ScatterND. What each form costs: `python -m yolo_slice.bench.slicing`.

    Example:
        >>> x = torch.randn(1, 8, 3, 5)
        >>> torch.equal(space_to_depth(depth_to_space(x)), x)
        True
    """
    b, c, h, w = x.shape
    if torch.jit.is_tracing():
        order = torch.arange(c, device=x.device).view(2, 2, c // 4).permute(2, 1, 0).flatten()
        return F.pixel_shuffle(x[:, order], 2)
    # (B, px, py, q, H, W) -> (B, q, H, py, W, px)
    return x.view(b, 2, 2, c // 4, h, w).permute(0, 3, 4, 2, 5, 1).reshape(b, c // 4, 2 * h, 2 * w)


@block(
    scale=0.5,
    paper="https://arxiv.org/abs/2208.03641",
    quadruples=True,
    excused={"gradients_reach_every_parameter": "it has no parameters"},
)
class SpaceToDepth(nn.Module):
    """Halve the resolution by slicing and nothing else: four times the channels (Sunkara and Luo 2022, sec. 3.1).

    (B, c1, H, W) -> (B, 4*c1, ceil(H/2), ceil(W/2)); odd sizes are zero-padded right and bottom. Slice order:
    `space_to_depth`. In a model file it is written without arguments: `[-1, 1, SpaceToDepth, []]`.

    Args:
        c1: Input channels.
        c2: Output channels, 4 * c1.

    Raises:
        ValueError: If c1 is not positive, or c2 is not 4 * c1.

    Example:
        >>> SpaceToDepth(16, 64)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 64, 32, 16])
    """

    def __init__(self, c1: int, c2: int) -> None:
        super().__init__()
        check_positive_integers("SpaceToDepth", c1=c1, c2=c2)
        if c2 != 4 * c1:
            raise ValueError(f"SpaceToDepth: c2 must be 4 * c1 = {4 * c1}, because nothing is mixed, not {c2}")

    def forward(self, x: Tensor) -> Tensor:
        return space_to_depth(x)
