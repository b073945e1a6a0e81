"""Images that are made up, the same every time, and look like photographs to a network: shapes, shades and grain."""

import torch
import torch.nn.functional as F
from torch import Tensor


def made_up_image(shape: tuple[int, ...], seed: int = 0) -> Tensor:
    """Draw a batch of images of soft colours, rectangles and noise.

    Args:
        shape: (B, C, H, W).
        seed: Another one is another image.

    Returns:
        (B, C, H, W), 0 to 1.

    Example:
        >>> a, b = (made_up_image((1, 3, 64, 64), seed) for seed in (0, 1))
        >>> bool(a.min() >= 0), bool(a.max() <= 1), bool((a - b).abs().mean() > 0.1)
        (True, True, True)
    """
    random = torch.Generator().manual_seed(seed)
    b, c, h, w = shape
    soft = torch.rand(b, c, 4, 4, generator=random)
    image = F.interpolate(soft, size=(h, w), mode="bilinear", align_corners=False)
    for picture in image:
        for _ in range(12):
            y, x, rows, columns = (int(v) for v in torch.rand(4, generator=random) * torch.tensor([h, w, h / 2, w / 2]))
            picture[:, y : y + rows + 2, x : x + columns + 2] = torch.rand(c, 1, 1, generator=random)
    return (image + 0.05 * torch.randn(shape, generator=random)).clamp(0, 1)
