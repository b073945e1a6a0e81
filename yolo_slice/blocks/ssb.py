"""SSB: a residual branch that runs on a map sampled by saliency (Kwan and Song 2022)."""

import torch
from torch import Tensor, nn

from yolo_slice.blocks.saliency_sampling import RATIO
from yolo_slice.blocks.samplers import SamplerName, make_sampler

__all__ = ["SSB"]


class SSB(nn.Module):
    """Run a residual branch on fewer pixels, most of them where the map is salient (Kwan and Song 2022, fig. 2).

    (B, channels, H, W) -> (B, channels, H, W): act(x + up(branch(down(x)))). The shortcut keeps every pixel. Cost of
    sampling: 2 * channels * h * W * (H + w) multiply-accumulates, and channels + 2 parameters. It starts with
    uniform sampling. The sampled places are computed in float32 at least, under mixed precision, too.

    Args:
        channels: Channels of the map, and of what the branch makes.
        branch: Any module that keeps channels, height and width.
        act: What follows the sum; None: nothing.
        ratio: Height and width that the branch works on, over the map's, rounded.
        uniform: Sample evenly, without a saliency: the paper's ablation.
        size: Height and width that the branch works on, whatever the map's; None: by the ratio.
        sampler: What else to sample by, to compare: "uniform", "bilinear", or "depthwise" with a ratio of 0.5.

    Raises:
        ValueError: If channels or size are not positive, ratio is not above 0 and at most 1, or there is no such
            sampler.

    Example:
        >>> block = SSB(16, nn.Conv2d(16, 16, 3, padding=1), nn.ReLU())
        >>> block(torch.zeros(1, 16, 28, 28)).shape, block.sampler.sampled_hw(torch.zeros(1, 16, 28, 28))
        (torch.Size([1, 16, 28, 28]), (16, 16))
    """

    def __init__(
        self,
        channels: int,
        branch: nn.Module,
        act: nn.Module | None = None,
        ratio: float = RATIO,
        uniform: bool = False,
        *,
        size: tuple[int, int] | None = None,
        sampler: SamplerName = "saliency",
    ) -> None:
        super().__init__()
        if uniform and sampler not in ("saliency", "uniform"):
            raise ValueError(f"SSB: sampler must be uniform where uniform=True, not {sampler!r}")
        self.branch, self.act = branch, act or nn.Identity()
        self.sampler = make_sampler("SSB", channels, ratio, "uniform" if uniform else sampler, size)

    def forward(self, x: Tensor) -> Tensor:
        return self.act(x + self.sampler(x, self.branch))


torch.serialization.add_safe_globals([SSB])  # checkpoints pickle the class
