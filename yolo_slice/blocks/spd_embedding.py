"""The kernel of a strided convolution for use after slicing: the same function, with room for more taps."""

from torch import Tensor

Padding = tuple[int, int, int, int]  # left, top, right, bottom, in cells of the sliced map


def embed_strided_kernel(weight: Tensor, m: int | None = None, p: int | None = None) -> tuple[Tensor, Padding]:
    """Write a convolution of stride 2 as a convolution of stride 1 after `space_to_depth`.

    Output pixel h of the strided convolution reads input pixel 2h + i - p with tap i. That pixel lies in cell
    h + (i - p) // 2, at place (i - p) % 2 inside it: so every tap has exactly one place in the new kernel, and the
    others are zero. A 3x3 kernel fills 9 of the 16 places of a 2x2 one, or 9 of the 36 of a 3x3 one.

    Exact for every image size if k is odd. If k is even, exact for even sizes; of an odd size the new form, which pads
    to even first, keeps one more row or column.

    Args:
        weight: Kernel of the strided convolution, (c2, c1, k, k); neither grouped nor dilated.
        m: Kernel size of the new form; None is the smallest that fits, which is 2 for k=3 and 3 for k=5.
        p: Padding of the strided convolution; None is Ultralytics' automatic padding, k // 2.

    Returns:
        The new kernel, (c2, 4*c1, m, m), in the slice order of `space_to_depth`, and the zero padding that it needs
        after the slicing. `SPDConv(c1, c2, m)` pads as `spd_padding(m)` says; where that is the same, it takes the
        kernel as it is. It is the same for every odd k with automatic padding.

    Raises:
        ValueError: If the kernel is not square, or m is too small for it.

    Example:
        >>> import torch
        >>> kernel, padding = embed_strided_kernel(torch.arange(9.0).view(1, 1, 3, 3))
        >>> kernel[0, 3].tolist(), padding  # slice 3 is the lower right pixel of each cell: it meets the four corners
        ([[0.0, 2.0], [6.0, 8.0]], (1, 1, 0, 0))
    """
    c2, c1, k, width = weight.shape
    if k != width:
        raise ValueError(f"embed_strided_kernel: the kernel must be square, not {k}x{width}")
    p = k // 2 if p is None else p
    smallest = max(2 * -(-p // 2), 2 * ((k - 1 - p) // 2) + 1)  # cells before the output pixel's own, and after it
    m = smallest if m is None else m
    if m < smallest:
        raise ValueError(f"embed_strided_kernel: k={k}, p={p} needs a kernel of at least {smallest}, not {m}")
    left = m // 2
    embedded = weight.new_zeros(c2, 2, 2, c1, m, m)  # c2, px, py, c1, row, column
    for i in range(k):
        for j in range(k):
            (row, py), (column, px) = divmod(i - p, 2), divmod(j - p, 2)
            embedded[:, px, py, :, left + row, left + column] = weight[:, :, i, j]
    growth = p - k // 2 + (k % 2 == 0)  # of the output over half the input, pixels
    right = growth + m - 1 - left
    return embedded.flatten(1, 3), (left, left, right, right)


def spd_padding(m: int) -> Padding:
    """Say how `SPDConv` pads the sliced map for a kernel of size m: the output has the sliced map's size.

    Example:
        >>> spd_padding(2), spd_padding(3)
        ((1, 1, 0, 0), (1, 1, 1, 1))
    """
    return m // 2, m // 2, (m - 1) // 2, (m - 1) // 2
