"""Checkpoints of Ultralytics: opened as `YOLO`, written so that it reads them like its own."""

import copy
import io
from pathlib import Path
from typing import Any

import torch
from torch import nn

from yolo_slice.atomic_file import write_whole
from yolo_slice.errors import SliceError
from yolo_slice.integration.weights.model_name import check_checkpoint


def open_checkpoint(source: Any) -> Any:
    """Return a `YOLO` of our own, in float32 and eval mode, for a checkpoint's path or a `YOLO`; the latter is copied.

    Raises:
        SliceError: If it is no PyTorch checkpoint of Ultralytics, or was trained with `quantize=8`.
    """
    from ultralytics import YOLO

    if isinstance(source, YOLO):
        _refuse_quantized(source, source.ckpt_path or "YOLO")
        return copy.deepcopy(source)
    check_checkpoint(source)
    try:
        opened = YOLO(source)
    except SliceError:
        raise
    except (RuntimeError, TypeError, KeyError, EOFError, ValueError, ModuleNotFoundError) as error:
        raise SliceError(f"model={source}: not a checkpoint of ultralytics ({error})") from error
    if not hasattr(opened.model, "yaml"):
        raise SliceError(f"model={source}: a {type(opened.model).__name__} without a model file inside")
    _refuse_quantized(opened, source)
    return opened


def _refuse_quantized(yolo: Any, source: Any) -> None:
    """Refuse a model with the fake quantization of `quantize=8` in it: its ranges fit its own convolutions only."""
    if isinstance(yolo.model, nn.Module) and any(type(m).__name__ == "TensorQuantizer" for m in yolo.model.modules()):
        raise SliceError(
            f"model={source}: trained with quantize=8, and its ranges are those of its own layers; give the checkpoint "
            "from before that training, and train the result with quantize=8"
        )


def save_checkpoint(yolo: Any, model: nn.Module, conversion: dict[str, Any], file: Path) -> None:
    """Write a checkpoint with a model, in float32, and where it comes from; a crash leaves no half-written file.

    Args:
        yolo: What the model was made from; the other entries of its checkpoint are kept, but for those of its training.
        model: The model.
        conversion: Plain facts about the conversion, kept under this name.
        file: To write.
    """
    kept = {key: value for key, value in (yolo.ckpt or {}).items() if key in ("train_args", "names", "version")}
    kept |= {"epoch": -1, "best_fitness": None, "optimizer": None, "ema": None, "updates": None}
    write_tensors(file, {**kept, "model": model, "conversion": conversion})


def write_tensors(file: Path, value: object) -> None:
    """Write what `torch.load` reads.

    Raises:
        SliceError: If the file cannot be written.
    """
    content = io.BytesIO()  # torch answers a full disk with errors of its own
    torch.save(value, content)
    write_whole(file, content.getbuffer())
