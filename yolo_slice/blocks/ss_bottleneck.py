"""Ultralytics' bottlenecks with saliency sampling, and the blocks that are made of them (Kwan and Song 2022)."""

import torch
from torch import Tensor, nn
from ultralytics.nn.modules import C3, Bottleneck, C2f, C3k2

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.blocks.saliency_sampling import RATIO
from yolo_slice.blocks.samplers import SamplerName, make_sampler
from yolo_slice.registry import block

__all__ = ["SSBottleneck"]


class SSBottleneck(Bottleneck):
    """Ultralytics' `Bottleneck`, its branch on a map sampled by saliency (Kwan and Song 2022).

    (B, c1, H, W) -> (B, c1, H, W). The two convolutions keep their names, so that trained weights fit.

    Args:
        c1: Input channels.
        c2: Output channels, as many: there is no shortcut otherwise.
        shortcut: True.
        g: Groups of the second convolution.
        k: Kernel sizes of both.
        e: Channels between them, over c2.
        ratio: Height and width that the branch works on, over the map's.
        sampler: "saliency", or what to compare it with: see `SSB`.

    Raises:
        ValueError: If c1 is not c2, or shortcut is false, or an argument is not as `SSB` wants it.
    """

    def __init__(
        self,
        c1: int,
        c2: int,
        shortcut: bool = True,
        g: int = 1,
        k: tuple = (3, 3),
        e: float = 0.5,
        ratio: float = RATIO,
        sampler: SamplerName = "saliency",
    ) -> None:
        check_positive_integers("SSBottleneck", c1=c1, c2=c2)
        _check_shortcut("SSBottleneck", shortcut)
        if c1 != c2:
            raise ValueError(f"SSBottleneck: c2 must be c1 for the shortcut, {c1}, not {c2}")
        super().__init__(c1, c2, shortcut, g, k, e)
        self.sampler = make_sampler("SSBottleneck", c1, ratio, sampler)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.sampler(x, self.branch)

    def branch(self, x: Tensor) -> Tensor:
        """Apply both convolutions."""
        return self.cv2(self.cv1(x))


def sample_bottlenecks(module: nn.Module, ratio: float = RATIO, sampler: SamplerName = "saliency") -> int:
    """Replace every `Bottleneck` with a shortcut inside a module, which keeps its weights; return how many."""
    count = 0
    for name, child in list(module.named_children()):
        if type(child) is Bottleneck and child.add:
            setattr(module, name, _take_over(child, ratio, sampler))
            count += 1
        else:
            count += sample_bottlenecks(child, ratio, sampler)
    return count


def _take_over(bottleneck: Bottleneck, ratio: float, sampler: SamplerName) -> SSBottleneck:
    c = bottleneck.cv2.conv.out_channels
    sampled = SSBottleneck(c, c, k=(1, 1), e=1 / c, ratio=ratio, sampler=sampler)
    sampled.cv1, sampled.cv2 = bottleneck.cv1, bottleneck.cv2
    return sampled


def _check_shortcut(name: str, shortcut: bool) -> None:
    if not shortcut:
        raise ValueError(f"{name}: shortcut must be true: what is sampled is the branch beside a shortcut")


_STARTS_UNIFORM = {
    "gradients_reach_every_parameter": "the saliency's BatchNorm starts with a gain of 0, as in the paper, and until "
    "it moves no gradient reaches the convolution before it"
}


@block(scale=1, paper="https://arxiv.org/abs/2207.11511", repeats=True, excused=_STARTS_UNIFORM)
class C2fSSB(C2f):
    """YOLOv8's `C2f` with saliency sampling in its bottlenecks (Kwan and Song 2022).

    (B, c1, H, W) -> (B, c2, H, W). The names of the weights are those of C2f, which has a parameter less for each
    channel of each bottleneck, and two.

    Args:
        c1: Input channels.
        c2: Output channels.
        n: Number of bottlenecks; in a model file, the row's repeats.
        shortcut: True.
        ratio: Height and width that the bottlenecks work on, over the map's.
        sampler: "saliency", or what to compare it with: see `SSB`.

    Raises:
        ValueError: If c1, c2 or n is not positive, shortcut is false, or ratio or sampler is not as `SSB` wants it.

    Example:
        >>> C2fSSB(16, 32, 2)(torch.zeros(1, 16, 20, 12)).shape
        torch.Size([1, 32, 20, 12])
    """

    def __init__(
        self,
        c1: int,
        c2: int,
        n: int = 1,
        shortcut: bool = True,
        ratio: float = RATIO,
        sampler: SamplerName = "saliency",
    ) -> None:
        check_positive_integers("C2fSSB", c1=c1, c2=c2, n=n)
        _check_shortcut("C2fSSB", shortcut)
        super().__init__(c1, c2, n, shortcut)
        sample_bottlenecks(self.m, ratio, sampler)


@block(scale=1, paper="https://arxiv.org/abs/2207.11511", repeats=True, excused=_STARTS_UNIFORM)
class C3SSB(C3):
    """YOLOv5's `C3` with saliency sampling in its bottlenecks (Kwan and Song 2022).

    (B, c1, H, W) -> (B, c2, H, W), as C2fSSB.

    Args:
        c1: Input channels.
        c2: Output channels.
        n: Number of bottlenecks; in a model file, the row's repeats.
        shortcut: True.
        ratio: Height and width that the bottlenecks work on, over the map's.
        sampler: "saliency", or what to compare it with: see `SSB`.

    Raises:
        ValueError: As C2fSSB.

    Example:
        >>> C3SSB(16, 32, 2)(torch.zeros(1, 16, 20, 12)).shape
        torch.Size([1, 32, 20, 12])
    """

    def __init__(
        self,
        c1: int,
        c2: int,
        n: int = 1,
        shortcut: bool = True,
        ratio: float = RATIO,
        sampler: SamplerName = "saliency",
    ) -> None:
        check_positive_integers("C3SSB", c1=c1, c2=c2, n=n)
        _check_shortcut("C3SSB", shortcut)
        super().__init__(c1, c2, n, shortcut)
        sample_bottlenecks(self.m, ratio, sampler)


@block(scale=1, paper="https://arxiv.org/abs/2207.11511", repeats=True, excused=_STARTS_UNIFORM)
class C3k2SSB(C3k2):
    """YOLO11's `C3k2` with saliency sampling in its bottlenecks, those of its C3k, too (Kwan and Song 2022).

    (B, c1, H, W) -> (B, c2, H, W), as C2fSSB. In a model file with scales, c3k is true for m, l and x, as Ultralytics
    has it for C3k2; keep a row of C3k2 in the file, by which Ultralytics chooses the head's form.

    Args:
        c1: Input channels.
        c2: Output channels.
        n: Number of inner blocks; in a model file, the row's repeats.
        c3k: Whether they are C3k of two bottlenecks each.
        e: Channels inside, over c2.
        ratio: Height and width that the bottlenecks work on, over the map's.
        sampler: "saliency", or what to compare it with: see `SSB`.

    Raises:
        ValueError: As C2fSSB.

    Example:
        >>> C3k2SSB(16, 32, 2, c3k=True)(torch.zeros(1, 16, 20, 12)).shape
        torch.Size([1, 32, 20, 12])
    """

    def __init__(
        self,
        c1: int,
        c2: int,
        n: int = 1,
        c3k: bool = False,
        e: float = 0.5,
        ratio: float = RATIO,
        sampler: SamplerName = "saliency",
    ) -> None:
        check_positive_integers("C3k2SSB", c1=c1, c2=c2, n=n)
        super().__init__(c1, c2, n, c3k, e)
        sample_bottlenecks(self.m, ratio, sampler)


torch.serialization.add_safe_globals([SSBottleneck])  # checkpoints pickle the class
