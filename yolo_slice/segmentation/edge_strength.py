"""How strong the strongest edge near each feature is: the mask by edges of Hesse, Schaub-Meyer and Roth (2023)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from yolo_slice.segmentation.channel_norm import check_kept

STD = (0.229, 0.224, 0.225)  # of ImageNet: CAD's thresholds are for normalised images
GREY = (0.299, 0.587, 0.114)
STRIDE, WIDTH, BLOCK = 8, 11, 4


class EdgeStrength(nn.Module):
    """Measure edges of an image for a `SelectiveStage` with mode edges, at stride 8.

    (B, 3, H, W), values 0 to 1 -> (B, 3, ceil(H/8), ceil(W/8)), three times the same map, alike in blocks of 4x4.

    An edge is the grey value of the next pixel, to the right or below, minus that of the one before. It is signed, as
    in CAD's code: only steps from dark to bright count. Each feature has the largest in an area of 11x11 pixels, each
    block the largest of its features.

    Args:
        c1: Channels of the image, 3.
        c2: The same number, as the row of a model file gives it.

    Raises:
        ValueError: If there are not three channels.
    """

    def __init__(self, c1: int = 3, c2: int = 3) -> None:
        super().__init__()
        if c1 != 3:
            raise ValueError(f"EdgeStrength: its input must be the image with 3 channels, not {c1}")
        check_kept("EdgeStrength", c1, c2)
        self.register_buffer("weight", torch.tensor(GREY).div(torch.tensor(STD)).view(1, 3, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        assert isinstance(self.weight, Tensor)
        grey = F.conv2d(x, self.weight.to(x.dtype))  # the means cancel in differences
        grey = F.pad(grey, (1, 1, 1, 1), mode="replicate")
        across = grey[..., 1:-1, 2:] - grey[..., 1:-1, :-2]
        down = grey[..., 2:, 1:-1] - grey[..., :-2, 1:-1]
        near = F.max_pool2d(torch.maximum(across, down), WIDTH, 1, WIDTH // 2)[..., ::STRIDE, ::STRIDE]
        blocks = F.max_pool2d(near, BLOCK, ceil_mode=True)
        whole = F.interpolate(blocks, scale_factor=float(BLOCK), mode="nearest")
        return whole[..., : near.shape[-2], : near.shape[-1]].repeat(1, 3, 1, 1)


torch.serialization.add_safe_globals([EdgeStrength])  # checkpoints pickle the class
