"""Where SoftPool overflows in half precision: `python -m yolo_slice.bench.overflow`.

The published formula, weights exp(x_i) / sum exp(x_j), and `soft_pool`, on windows of four equal activations: what is
pooled from such a window is the activation itself.
"""

import torch
from torch import Tensor

from yolo_slice.blocks.soft_pooling import soft_pool

ACTIVATIONS = (8.5, 9.5, 9.75, 11.0, 11.5, 1e4)


def published_soft_pool(windows: Tensor) -> Tensor:
    """Pool windows (4, n) by the formula as it is published, in the windows' own precision."""
    weights = windows.exp() / windows.exp().sum(0)
    return (weights * windows).sum(0)


def overflow_table() -> str:
    """Write a Markdown table of what both make of each activation in float16."""
    values = torch.tensor(ACTIVATIONS, dtype=torch.float16)
    published = published_soft_pool(values.expand(4, -1))
    ours = soft_pool(values.view(1, -1, 1, 1).expand(1, -1, 2, 2)).flatten()
    rows = zip(values.tolist(), published.tolist(), ours.tolist(), strict=True)
    lines = [f"| {x:g} | {theirs:g} | {own:g} |" for x, theirs, own in rows]
    return "\n".join(
        ["| four activations of | published formula, float16 | soft_pool, float16 |", "|---|---|---|", *lines]
    )


if __name__ == "__main__":
    print(overflow_table())
