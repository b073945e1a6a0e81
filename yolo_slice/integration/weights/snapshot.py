"""A frozen float copy of a model of Ultralytics, to look into without touching the model itself."""

import copy
from pathlib import Path
from typing import Any

import torch
from torch import nn

from yolo_slice.errors import SliceError


def snapshot(model: str | Path | nn.Module, device: str | torch.device | None = None) -> nn.Module:
    """Return the module of Ultralytics in `model`: float32, in eval mode, no gradients for parameters.

    A model that is given as an object is copied, and stays bit-identical: mode, weights, gradients and caches.
    The copy does not follow the original's later training.

    Args:
        model: Weights (.pt), a model file (.yaml, random weights), a `YOLO`, or a bare module such as DetectionModel.
        device: Where the copy lives. None: where a given object lives; for a file, a GPU if there is one.

    Raises:
        SliceError: If it is no model, or one that PyTorch cannot look into (ONNX, OpenVINO, ...).
    """
    with torch.inference_mode(False):
        if isinstance(model, nn.Module):
            module = _copy(_ultralytics_module(model))
        else:
            module = _load(Path(model))
            device = "" if device is None else device  # "" is Ultralytics' word for the best device
        if device is not None:
            module = _place(module, str(device))
        return module.float().eval().requires_grad_(False)


def _place(module: nn.Module, device: str) -> nn.Module:
    from ultralytics.utils.torch_utils import select_device

    try:
        return module.to(select_device(device, verbose=False))
    except (ValueError, RuntimeError, AssertionError, NotImplementedError) as fault:  # of Ultralytics, of torch
        reason = str(fault).strip().splitlines()[0]
        raise SliceError(f"device={device}: expected cpu, mps, or the number of a GPU that works ({reason})") from None


def _load(path: Path) -> nn.Module:
    from ultralytics import YOLO

    try:
        return _ultralytics_module(YOLO(str(path)))
    except SliceError:
        raise
    except Exception as error:  # Ultralytics and pickle raise anything at all on a file that is no model
        text = " ".join(str(error).split())  # that of Ultralytics has several lines
        raise SliceError(f"{path}: no model that Ultralytics can load ({type(error).__name__}: {text})") from error


def _ultralytics_module(model: nn.Module) -> nn.Module:
    from ultralytics.nn.tasks import BaseModel
    from ultralytics.utils.torch_utils import unwrap_model

    inner = unwrap_model(model) if not _is_wrapper(model) else unwrap_model(_inside(model))
    if not isinstance(inner, BaseModel):
        raise SliceError(
            f"got a {type(inner).__name__}, expected a YOLO, a module of Ultralytics, or a .pt or .yaml file"
        )
    return inner


def _is_wrapper(model: nn.Module) -> bool:
    from ultralytics.engine.model import Model

    return isinstance(model, Model)


def _inside(model: nn.Module) -> nn.Module:
    inner = model.model
    if not isinstance(inner, nn.Module):
        raise SliceError(
            f"{inner}: no PyTorch model; give .pt weights or a .yaml model file "
            "(an exported model hides its layers: give the .pt that it was exported from)"
        )
    return inner


def _copy(module: nn.Module) -> nn.Module:
    # What a forward pass left in a module (8.4.0's OBB head: `angle`) belongs to a graph, and deepcopy refuses it.
    cached = (value for part in module.modules() for value in vars(part).values())
    memo = {id(v): v.detach().clone() for v in cached if isinstance(v, torch.Tensor) and not v.is_leaf}
    return copy.deepcopy(module, memo)


def class_names(module: Any) -> dict[int, str]:
    """Return index of a class -> its name."""
    return dict(module.names)


def trained_imgsz(module: nn.Module) -> int:
    """Return the image size that Ultralytics predicts with by default: that of training, else 640 (classify: 224)."""
    known = getattr(module, "args", None)
    size = known.get("imgsz") if isinstance(known, dict) else getattr(known, "imgsz", None)
    usual = 224 if getattr(module, "task", "") == "classify" else 640
    return size if isinstance(size, int) else usual
