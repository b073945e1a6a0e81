"""What goes in and out of a model and of its sites: observed on a copy that runs on blank images."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from yolo_slice.errors import SliceError


@dataclass(frozen=True, slots=True)
class Passage:
    """What one call of a module took and gave: its first tensor and its output."""

    x: Tensor
    y: Tensor


@dataclass(frozen=True, slots=True)
class Observation:
    """One run: the shapes of the model's output, and the calls of each watched module by name."""

    output: Any
    passages: Mapping[str, list[Passage]]


def observe(model: nn.Module, names: Sequence[str], images: Sequence[Tensor]) -> list[Observation]:
    """Run a copy of the model in eval mode on each image; the model itself is not touched.

    Raises:
        SliceError: If the model does not run on an image of such a size.
    """
    model = copy.deepcopy(model).eval()
    passages: dict[str, list[Passage]] = {}
    for name in names:
        model.get_submodule(name).register_forward_hook(_recorder(passages, name))
    observations = []
    for image in images:
        passages.clear()
        try:
            with torch.no_grad():
                output = model(image)
        except Exception as error:  # another project's model may fail in any way
            raise SliceError(
                f"the model does not run on an image of shape {tuple(image.shape)} ({type(error).__name__}: {error}); "
                "give heights and widths on which it does, sizes=[(height, width), ...], one of them odd if it can"
            ) from error
        observations.append(Observation(shapes(output), dict(passages)))
    return observations


def _recorder(passages: dict[str, list[Passage]], name: str) -> Any:
    def record(_: nn.Module, inputs: tuple, output: Any) -> None:
        if inputs and isinstance(inputs[0], Tensor) and isinstance(output, Tensor):
            # Only shape, type and device are of interest
            kept = [torch.empty_like(t, device="meta") for t in (inputs[0], output)]
            passages.setdefault(name, []).append(Passage(*kept))

    return record


def blank_images(model: nn.Module, sizes: Sequence[tuple[int, int]]) -> list[Tensor]:
    """Make an image for each height and width, with the channels that the model's first convolution takes."""
    channels = next((m.in_channels for m in model.modules() if isinstance(m, nn.Conv2d)), 3)
    like = next((p for p in model.parameters() if p.is_floating_point()), torch.zeros(()))
    return [torch.zeros(1, channels, *size, dtype=like.dtype, device=like.device) for size in sizes]


def shapes(output: Any) -> Any:
    """Replace the tensors of a nested output by their shapes."""
    if isinstance(output, Tensor):
        return tuple(output.shape)
    if isinstance(output, Mapping):
        return {key: shapes(value) for key, value in output.items()}
    return [shapes(value) for value in output] if isinstance(output, (list, tuple)) else None
