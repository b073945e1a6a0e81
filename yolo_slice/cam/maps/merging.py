"""Maps of several layers in the pixels of the image, divided by their largest value, and merged into one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import grid_sample

from yolo_slice.cam.explanation import Explanation
from yolo_slice.integration.inference.model_input import Placement

Merge: TypeAlias = Literal["max", "mean"]
Heat: TypeAlias = NDArray[np.float32]


def place(feature_map: Tensor, placement: Placement) -> Tensor:
    """Sample a layer's map at the centre of every pixel of the original image, bilinearly: (h, w) -> (H, W).

    The h x w cells of the map cover the whole of the model's input; pixels that the model did not see (outside a
    classifier's crop) are 0.
    """
    rows = _centres(placement.original_hw[0], placement.height, placement.top) / placement.input_hw[0]
    columns = _centres(placement.original_hw[1], placement.width, placement.left) / placement.input_hw[1]
    rows, columns = rows.to(feature_map.device), columns.to(feature_map.device)
    grid = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), -1) * 2 - 1  # -1 and 1 are the edges of the input
    placed = grid_sample(feature_map[None, None], grid[None], padding_mode="border", align_corners=False)[0, 0]
    return placed * ((rows >= 0) & (rows <= 1))[:, None] * ((columns >= 0) & (columns <= 1))


def _centres(count: int, resized: int, offset: int) -> Tensor:
    return (torch.arange(count) + 0.5) * (resized / count) + offset


def scale(raw: Heat) -> tuple[Heat, float]:
    """Divide a map by its largest value and return that too; a map without a positive value is blank, and its peak 0.

    Example:
        >>> heat, peak = scale(np.array([[1, 4]], np.float32))
        >>> heat.tolist(), peak
        ([[0.25, 1.0]], 4.0)
    """
    peak = float(raw.max())
    if not 0 < peak < np.inf:
        return np.zeros_like(raw), 0.0
    return np.clip(raw / np.float32(peak), 0, 1), peak


def merge_maps(maps: Sequence[Heat], merge: Merge) -> Heat:
    """Merge maps in [0, 1] by their maximum or mean and divide by the largest value again."""
    stack = np.stack(maps)
    return scale(stack.max(0) if merge == "max" else stack.mean(0, dtype=np.float32))[0]


def share_scale(explanations: Sequence[Explanation], merge: Merge = "max") -> list[Explanation]:
    """Put explanations of the same model, method and layers on one scale: 1 is the largest value in any of them.

    So maps of several images, or of the frames of a video, can be compared in strength; by default each stands alone.
    """
    layers = explanations[0].layers if explanations else {}
    top = {layer: max(e.peaks[layer] for e in explanations) for layer in layers}
    return [_rescaled(explanation, top, merge) for explanation in explanations]


def _rescaled(explanation: Explanation, top: dict[int, float], merge: Merge) -> Explanation:
    own = explanation.peaks
    layers = {at: each * np.float32(own[at] / top[at] if top[at] else 0) for at, each in explanation.layers.items()}
    stack = np.stack(list(layers.values()))
    return replace(explanation, layers=layers, heat=stack.max(0) if merge == "max" else stack.mean(0, dtype=np.float32))
