"""Where the samplers of a model sample in one image."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from yolo_slice.blocks.samplers import SaliencySampler
from yolo_slice.errors import SliceError


@dataclass(frozen=True, slots=True)
class SampledPlaces:
    """Where one block samples.

    Attributes:
        name: Path of the block in the model.
        saliency: (H, W) of its map, 0 to 1.
        rows: (h, H), how much of each row of samples lies in each row of pixels: `overlaps`.
        columns: (w, W) likewise.
    """

    name: str
    saliency: NDArray[np.float32]
    rows: Tensor
    columns: Tensor

    def edges(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the edges of the samples, (h+1,) from 0 to 1 of the image's height, and (w+1,) of its width."""
        return _edges(self.rows), _edges(self.columns)


def sampled_places(model: nn.Module, image: Tensor, layers: Sequence[int] | None = None) -> list[SampledPlaces]:
    """Run a model on one image and note where its blocks sample.

    Args:
        model: A model of Ultralytics, from `snapshot`.
        image: (3, H, W), its input.
        layers: Rows of the model whose blocks are wanted, all of them; None: the first block of each row.

    Raises:
        SliceError: If there is no such block.
    """
    found: list[SampledPlaces] = []
    hooks = [sampler.register_forward_pre_hook(_noting(name, found)) for name, sampler in _chosen(model, layers)]
    try:
        with torch.no_grad():
            model(image[None].to(next(model.parameters()).device))
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _chosen(model: nn.Module, layers: Sequence[int] | None) -> list[tuple[str, SaliencySampler]]:
    known = [
        (name.removeprefix("model.").removesuffix(".sampler"), m)
        for name, m in model.named_modules()
        if isinstance(m, SaliencySampler)
    ]
    if not known:
        raise SliceError("method=saliency: this model has no saliency sampling; train one, as yolov8s-ssb.yaml")
    by_row: dict[int, list[tuple[str, SaliencySampler]]] = {}
    for name, sampler in known:
        by_row.setdefault(int(name.partition(".")[0]), []).append((name, sampler))
    if layers is None:
        return [blocks[0] for blocks in by_row.values()]
    if not {*layers} <= by_row.keys():
        raise SliceError(f"layers={','.join(map(str, layers))}: rows that sample are {', '.join(map(str, by_row))}")
    return [block for row in layers for block in by_row[row]]


def _noting(name: str, found: list[SampledPlaces]) -> Any:
    def note(sampler: SaliencySampler, args: tuple[Tensor, ...]) -> None:
        rows, columns = sampler.grids(args[0])
        saliency = sampler.saliency_of(args[0])[0].cpu().numpy()
        found.append(SampledPlaces(name, saliency, rows[0].cpu(), columns[0].cpu()))

    return note


def _edges(overlap: Tensor) -> NDArray[np.float64]:
    """Invert the cumulated widths of the pixels, piecewise linearly, at the edges of equal samples."""
    size, pixels = overlap.shape
    widths = overlap.sum(0).double().numpy()
    cumulated = np.concatenate([[0.0], np.cumsum(widths) / widths.sum()])
    return np.interp(np.arange(size + 1) / size, cumulated, np.arange(pixels + 1) / pixels)
