"""A stage of a network that keeps the resolution only where it is needed (after Hesse, Schaub-Meyer and Roth 2023)."""

import difflib
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from yolo_slice.blocks.arguments import check_activation, check_positive_integers
from yolo_slice.segmentation.held_bottleneck import HeldBottleneck, enlarge
from yolo_slice.segmentation.learned_mask import LearnedMask
from yolo_slice.segmentation.point_list import run_on_points

MODES = ("learned", "edges", "dilated", "strided")
EDGE_CHANNELS = 3  # of EdgeStrength, the last of the input
MOST_KEPT = 0.45  # share of blocks above which a list of points is slower than the map


@dataclass(frozen=True, slots=True)
class Selection:
    """What the last run of a stage selected.

    Attributes:
        mask: (B, 1, ceil(H/2), ceil(W/2)), 1 for blocks that were kept; in training with a gradient.
        by_points: Whether it was computed on a list of points.
    """

    mask: Tensor
    by_points: bool


class SelectiveStage(nn.Module):
    """Bottleneck blocks of ResNet, fine where a mask keeps a block of 2x2 pixels and as if strided elsewhere.

    (B, c1, H, W) -> (B, c2, H, W). Its mode says which blocks are kept:

    - learned: those that a small network chooses, which learns with the task; for semantic segmentation, whose loss has
      a term for how many.
    - edges: those near an edge of the image. The last three channels of the input are an `EdgeStrength`. It keeps
      nearly everything of ordinary photos.
    - dilated: all; the stage is one whose stride was replaced by dilation.
    - strided: none; the stage strides, and each of its values is repeated in a block of 2x2.

    The weights of the modes are alike, but for the mask's own. In eval mode a single image with at most 45 % of its
    blocks kept is computed on a list of points, with the result of the map in less time.

    Args:
        c1: Input channels.
        c2: Output channels.
        depth: Number of bottleneck blocks.
        mode: One of learned, edges, dilated, strided.
        e: Channels of the 3x3 convolutions over c2.
        keep: Share of blocks that a learned mask is to keep.
        threshold: Edge strength from which a block is kept.
        act: GELU, SiLU, ReLU or Identity.

    Raises:
        ValueError: If a number is not positive, the mode or activation is unknown, keep is not between 0 and 1, or an
            input for edges has no other channels than theirs.

    Example:
        >>> SelectiveStage(16, 32, 2, "dilated")(torch.zeros(2, 16, 9, 7)).shape
        torch.Size([2, 32, 9, 7])
    """

    def __init__(
        self,
        c1: int,
        c2: int,
        depth: int = 2,
        mode: str = "learned",
        e: float = 0.25,
        keep: float = 0.5,
        threshold: float = 0.35,
        act: str = "ReLU",
    ) -> None:
        super().__init__()
        check_positive_integers("SelectiveStage", c1=c1, c2=c2, depth=depth)
        _check_mode(mode)
        _check_numbers(e=e, keep=keep, threshold=threshold)
        check_activation("SelectiveStage", act)
        features = c1 - EDGE_CHANNELS if mode == "edges" else c1
        if features < 1:
            raise ValueError(f"SelectiveStage: mode edges needs features and {EDGE_CHANNELS} channels of EdgeStrength")
        self.mode, self.keep, self.threshold = mode, keep, threshold
        inner = max(round(c2 * e), 1)
        stride, dilation = (2, 1) if mode == "strided" else (1, 2)
        first = HeldBottleneck(features, c2, inner, stride, first=True, act=act)
        others = (HeldBottleneck(c2, c2, inner, d=dilation, act=act) for _ in range(depth - 1))
        self.blocks = nn.ModuleList([first, *others])
        self.learned_mask = LearnedMask(features) if mode == "learned" else None
        self.last: Selection | None = None

    def forward(self, x: Tensor) -> Tensor:
        x, mask = self._select(x)
        by_points = mask is not None and self._saves_time(x, mask)
        if not (torch.jit.is_tracing() or _is_exporting()):
            self.last = None if mask is None else Selection(mask, by_points)
        if by_points and mask is not None:
            return run_on_points(self.blocks, x, mask)  # pyright: ignore[reportArgumentType]
        keep, y = None if mask is None else enlarge(mask, x), x
        for block in self.blocks:
            y = block(y, keep)
        return enlarge(y, x) if self.mode == "strided" else y

    def _select(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return the features and which of their 2x2 blocks are kept; None if it does not depend on the image."""
        if self.learned_mask:
            return x, self.learned_mask(x)
        if self.mode == "edges":
            strength = x[:, -EDGE_CHANNELS : 1 - EDGE_CHANNELS, ::2, ::2]
            return x[:, :-EDGE_CHANNELS], (strength >= self.threshold).to(x.dtype)
        return x, None

    def _saves_time(self, x: Tensor, mask: Tensor) -> bool:
        """Tell whether a list of points may be used, and is the faster way."""
        if self.training or len(x) != 1 or x.is_meta or torch.jit.is_tracing() or torch.compiler.is_compiling():
            return False
        # Who has put hooks on the layers inside wants to see them run: a count of operations, a calibration.
        if any(m._forward_hooks or m._forward_pre_hooks for m in self.blocks.modules()):
            return False
        return mask.float().mean().item() <= MOST_KEPT

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "last": None}  # copies and checkpoints have no graph of the last training step


def _check_mode(mode: str) -> None:
    if mode not in MODES:
        near = difflib.get_close_matches(str(mode).lower(), MODES, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"SelectiveStage: mode must be one of {', '.join(MODES)}, not {mode!r}{hint}")


def _check_numbers(**values: float) -> None:
    for name, value in values.items():
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or value <= 0 or (name == "keep" and value >= 1):
            wanted = "a number between 0 and 1" if name == "keep" else "a positive number"
            raise ValueError(f"SelectiveStage: {name} must be {wanted}, not {value!r}")


def _is_exporting() -> bool:
    return getattr(torch.compiler, "is_exporting", bool)()  # since torch 2.7


torch.serialization.add_safe_globals([SelectiveStage])  # checkpoints pickle the class
