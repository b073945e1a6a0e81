"""Images as Ultralytics feeds them to a model, and the way back to the pixels of the original."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from yolo_slice.errors import SliceError
from yolo_slice.integration.inference.layer_run import layers_of


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an image lies in the model's input: resized to height x width, its corner at (top, left).

    Coordinates are continuous: pixel i covers [i, i + 1]. For a classifier the corner is negative where it is cropped.

    Args:
        original_hw: Height and width of the image, pixels.
        input_hw: Height and width of the model's input, pixels.
        top: Rows of the input above the image.
        left: Columns of the input left of the image.
        height: Rows of the resized image.
        width: Columns of the resized image.
    """

    original_hw: tuple[int, int]
    input_hw: tuple[int, int]
    top: int
    left: int
    height: int
    width: int

    def to_original(self, xyxy: Tensor) -> Tensor:
        """Map boxes (..., 4) from input pixels to original pixels, clipped to the image."""
        height, width = self.original_hw
        offset = xyxy.new_tensor([self.left, self.top] * 2)
        scale = xyxy.new_tensor([width / self.width, height / self.height] * 2)
        limit = xyxy.new_tensor([width, height] * 2)
        return ((xyxy - offset) * scale).clamp(min=0).minimum(limit)


def input_size(imgsz: int | tuple[int, int], model: nn.Module) -> tuple[int, int]:
    """Return height and width of the model's largest input: rounded up to its stride, as Ultralytics does."""
    from ultralytics.utils.checks import check_imgsz

    checked: Any = check_imgsz(list(imgsz) if isinstance(imgsz, tuple) else imgsz, stride=stride_of(model), min_dim=2)
    height, width = checked
    return height, width


def stride_of(model: Any) -> int:
    """Return the largest stride of the model, at least 32 as in Ultralytics' predictor."""
    return max(int(max(model.stride)), 32)


def prepare(image: NDArray[np.uint8], model: nn.Module, size: tuple[int, int]) -> tuple[Tensor, Placement]:
    """Turn one image into the model's input, as `yolo predict` does for that image alone.

    Args:
        image: (H, W, 3) BGR.
        model: A module of Ultralytics.
        size: Largest height and width of the input, as `input_size` gives them.

    Returns:
        (3, h, w) float32 RGB on the CPU, and where the image lies in it.

    Raises:
        SliceError: If the model takes other than 3 channels.
    """
    from ultralytics.nn.modules import Classify

    channels = getattr(model, "yaml", {}).get("channels", 3)
    if channels != 3:
        raise SliceError(
            f"the model takes images of {channels} channels; class activation maps are drawn on 3 (colour)"
        )
    if isinstance(layers_of(model)[-1], Classify):
        return _cropped(image, model, size)
    return _letterboxed(image, model, size)


def _letterboxed(image: NDArray[np.uint8], model: nn.Module, size: tuple[int, int]) -> tuple[Tensor, Placement]:
    from ultralytics.nn.modules import RTDETRDecoder

    stretched = isinstance(layers_of(model)[-1], RTDETRDecoder)
    padded = letterbox(image, size, stride_of(model), stretched)
    rows, columns = padded.shape[1:]
    height, width = (rows, columns) if stretched else _resized(image.shape[:2], size)
    # Ultralytics' rounding: an odd number of rows leaves the smaller half above.
    top, left = round((rows - height) / 2 - 0.1), round((columns - width) / 2 - 0.1)
    return padded, Placement(image.shape[:2], (rows, columns), top, left, height, width)


def letterbox(image: NDArray[np.uint8], size: tuple[int, int], stride: int, is_stretched: bool = False) -> Tensor:
    """Resize an image and pad it to the smallest rectangle within `size`, as Ultralytics' predictor does.

    Args:
        image: (H, W, 3) BGR.
        size: Largest height and width, pixels.
        stride: Height and width of the result are multiples of it.
        is_stretched: Fill `size` without padding instead, as for RT-DETR.

    Returns:
        (3, h, w) float32 RGB, 0 to 1.
    """
    from ultralytics.data.augment import LetterBox

    padded: Any = LetterBox(size, auto=not is_stretched, scale_fill=is_stretched, stride=stride)(image=image)
    return torch.from_numpy(np.ascontiguousarray(padded[..., ::-1].transpose(2, 0, 1))).float() / 255


def _resized(original_hw: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    ratio = min(size[0] / original_hw[0], size[1] / original_hw[1])
    return max(round(original_hw[0] * ratio), 1), max(round(original_hw[1] * ratio), 1)


def _cropped(image: NDArray[np.uint8], model: nn.Module, size: tuple[int, int]) -> tuple[Tensor, Placement]:
    from PIL import Image

    transforms = _transforms(model, size)
    tensor = transforms(Image.fromarray(np.ascontiguousarray(image[..., ::-1])))
    rows, columns = image.shape[:2]
    if size[0] == size[1]:  # torchvision: the shorter side becomes `size`, the longer is cut down to a whole number
        short = min(rows, columns)
        height, width = int(size[0] * rows / short), int(size[1] * columns / short)
    else:
        height, width = size
    top, left = -round((height - size[0]) / 2), -round((width - size[1]) / 2)
    return tensor, Placement((rows, columns), size, top, left, height, width)


def _transforms(model: nn.Module, size: tuple[int, int]) -> Any:
    """Return the model's own transforms where they are for this size, as Ultralytics' predictor does."""
    from ultralytics.data.augment import classify_transforms

    own = getattr(model, "transforms", None)
    own_size = getattr(own.transforms[0], "size", None) if own is not None else None
    is_for_size = own_size in (size, list(size)) or (own_size == size[0] == size[1])
    return own if is_for_size else classify_transforms(size[0] if size[0] == size[1] else size)
