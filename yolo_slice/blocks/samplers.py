"""Samplers of a residual branch: SSBNet's own, and those that its section 5 compares it with."""

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.blocks.saliency_sampling import RATIO, overlaps, sample_down, sample_up, sampled_size

SamplerName: TypeAlias = Literal["saliency", "uniform", "bilinear", "depthwise"]
Branch: TypeAlias = Callable[[Tensor], Tensor]


class Sampler(nn.Module):
    """Runs a branch on a map with fewer pixels: up(branch(down(x))).

    Args:
        channels: Channels of the map, and of what the branch makes.
        ratio: Height and width that the branch works on, over the map's.
        size: Height and width that the branch works on, whatever the map's; None: by the ratio.
    """

    def __init__(self, channels: int, ratio: float = RATIO, size: tuple[int, int] | None = None) -> None:
        super().__init__()
        self.channels, self.ratio, self.size = channels, ratio, size

    def sampled_hw(self, x: Tensor) -> tuple[Any, Any]:
        """Return the height and width that the branch works on, of a map (B, C, H, W)."""
        h, w = x.shape[-2:]
        return self.size or (sampled_size(h, self.ratio), sampled_size(w, self.ratio))

    def sampling_macs(self, x: Tensor) -> int:
        """Count the multiply-accumulates that sampling down and up costs one image, beside the layers inside."""
        return 0


class UniformSampler(Sampler):
    """Samples evenly, by areas of overlap, also where the sizes do not divide: SSBNet without a saliency."""

    def forward(self, x: Tensor, branch: Branch) -> Tensor:
        rows, columns = self.grids(x)
        return sample_up(branch(sample_down(x, rows, columns)), rows, columns)

    def grids(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the overlaps (B, h, H) and (B, w, W) of samples and pixels."""
        saliency = self.saliency_of(x)
        h, w = self.sampled_hw(x)
        return overlaps(saliency.sum(2), h), overlaps(saliency.sum(1), w)

    def saliency_of(self, x: Tensor) -> Tensor:
        """Return the saliency (B, H, W) of a map; here of one image, for all."""
        return torch.ones_like(x[:1, 0], dtype=torch.promote_types(x.dtype, torch.float32))

    def sampling_macs(self, x: Tensor) -> int:
        (h, w), (height, width) = self.sampled_hw(x), x.shape[-2:]
        return int(2 * self.channels * h * width * (height + w))  # both directions are two dense products each


class SaliencySampler(UniformSampler):
    """Samples more densely where a 1x1 convolution of the map says so (Kwan and Song 2022, eq. 4).

    Its BatchNorm's gain starts at 0: at first all pixels are equally salient, and the convolution learns nothing until
    the gain has moved.
    """

    def __init__(self, channels: int, ratio: float = RATIO, size: tuple[int, int] | None = None) -> None:
        super().__init__(channels, ratio, size)
        self.saliency = Conv(channels, 1, act=nn.Sigmoid())
        nn.init.zeros_(self.saliency.bn.weight)

    def saliency_of(self, x: Tensor) -> Tensor:
        saliency = self.saliency(x)[:, 0]
        return saliency.to(torch.promote_types(saliency.dtype, torch.float32))


class BilinearSampler(Sampler):
    """Interpolates bilinearly, down and up."""

    def forward(self, x: Tensor, branch: Branch) -> Tensor:
        y = branch(F.interpolate(x, self.sampled_hw(x), mode="bilinear"))
        return F.interpolate(y, x.shape[-2:], mode="bilinear")


class DepthwiseSampler(Sampler):
    """Halves by a depthwise 3x3 of stride 2, and doubles by a transposed depthwise 4x4: a reading of ours."""

    def __init__(self, channels: int, ratio: float = 0.5, size: tuple[int, int] | None = None) -> None:
        super().__init__(channels, ratio, size)
        if ratio != 0.5 or size:
            raise ValueError(f"depthwise sampling halves: ratio must be 0.5, without a size, not {size or ratio}")
        self.down = nn.Conv2d(channels, channels, 3, 2, 1, groups=channels, bias=False)
        self.up = nn.ConvTranspose2d(channels, channels, 4, 2, 1, groups=channels, bias=False)

    def forward(self, x: Tensor, branch: Branch) -> Tensor:
        h, w = x.shape[-2:]
        return self.up(branch(self.down(x)))[..., :h, :w]  # of odd sizes, one more than there was


SAMPLERS: dict[str, type[Sampler]] = {
    "saliency": SaliencySampler,
    "uniform": UniformSampler,
    "bilinear": BilinearSampler,
    "depthwise": DepthwiseSampler,
}


def make_sampler(
    block: str, channels: int, ratio: float, sampler: SamplerName = "saliency", size: tuple[int, int] | None = None
) -> Sampler:
    """Make a sampler by its name, for a block that is named in messages.

    Raises:
        ValueError: If there is none of that name, or an argument cannot be.
    """
    check_positive_integers(block, channels=channels, **dict(zip(("height", "width"), size or (), strict=False)))
    if isinstance(ratio, bool) or not isinstance(ratio, (int, float)) or not 0 < ratio <= 1:
        raise ValueError(f"{block}: ratio must be above 0 and at most 1, not {ratio!r}")
    if sampler not in SAMPLERS:
        raise ValueError(f"{block}: sampler must be one of {', '.join(SAMPLERS)}, not {sampler!r}")
    return SAMPLERS[sampler](channels, ratio, size)


# checkpoints pickle the classes
torch.serialization.add_safe_globals([Sampler, UniformSampler, SaliencySampler, BilinearSampler, DepthwiseSampler])
