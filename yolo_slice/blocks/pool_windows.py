"""The windows of a pooling, side by side, for poolings that torch does not have."""

import torch
import torch.nn.functional as F
from torch import Tensor

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.blocks.space_to_depth import fixed_sizes


def pool_windows(x: Tensor, k: int, s: int, p: int, ceil_mode: bool) -> tuple[Tensor, Tensor | None]:
    """Stack the k*k pixels of every window, and say which of them are padding.

    (B, C, H, W) -> (k*k, B, C, oH, oW) and, if anything was padded, a mask of shape (k*k, 1, 1, oH, oW). oH and oW are
    those of `torch.nn.functional.max_pool2d` with the same arguments. Half precision becomes float32.

    Raises:
        ValueError: If not even one window fits.

    Example:
        >>> windows, is_padding = pool_windows(torch.arange(4.0).view(1, 1, 2, 2), 2, 2, 0, False)
        >>> windows.flatten().tolist(), is_padding
        ([0.0, 1.0, 2.0, 3.0], None)
    """
    x = x.to(torch.promote_types(x.dtype, torch.float32))
    height, width = fixed_sizes(x)
    more_y, more_x = _missing(height, k, s, p, ceil_mode), _missing(width, k, s, p, ceil_mode)
    pads = (p, max(more_x, 0) + p, p, max(more_y, 0) + p)
    # Ends are counted from the far side, so that a traced graph serves every image size of the same remainder.
    ends_y, ends_x = ([i - k + 1 - max(-more, 0) or None for i in range(k)] for more in (more_y, more_x))

    def stack(y: Tensor) -> Tensor:
        return torch.stack([y[..., i : ends_y[i] : s, j : ends_x[j] : s] for i in range(k) for j in range(k)])

    if not any(pads):
        return stack(x), None
    is_padding = F.pad(torch.zeros_like(x[:1, :1]), pads, value=1.0) > 0
    return stack(F.pad(x, pads)), stack(is_padding)


def _missing(size: int, k: int, s: int, p: int, ceil_mode: bool) -> int:
    """Return by how many pixels the last window exceeds the padded size, or minus how many it leaves over."""
    left_over = (size + 2 * p - k) % s
    # torch's rule: a window that would begin in the padding beyond the image is dropped
    is_added = ceil_mode and left_over > 0 and size + 2 * p - k - left_over + s < size + p
    missing = s - left_over if is_added else -left_over
    if size + 2 * p + missing < k:
        raise ValueError(f"pooling: a window of {k} pixels does not fit into {size} pixels with padding {p}")
    return missing


def check_window(pooling: str, k: int, s: int, p: int) -> None:
    """Raise ValueError for a window that torch's poolings would refuse, too."""
    check_positive_integers(pooling, k=k, s=s)
    if not isinstance(p, int) or isinstance(p, bool) or not 0 <= p <= k // 2:
        raise ValueError(f"{pooling}: padding p must be at least 0 and at most half the kernel ({k // 2}), not {p!r}")
