"""The device that a user names, as torch knows it."""

import torch

from yolo_slice.errors import SliceError


def torch_device(name: str | None) -> torch.device:
    """Read cpu, mps or the number of a GPU; None is cpu.

    Raises:
        SliceError: If it is none of them.
    """
    name = name or "cpu"
    try:
        return torch.device(f"cuda:{name}" if name.isdigit() else name)
    except RuntimeError:
        raise SliceError(f"device={name}: expected cpu, mps, or the number of a GPU") from None
