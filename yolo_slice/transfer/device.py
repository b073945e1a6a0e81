"""The device that a user names, as torch knows it."""

import torch

from yolo_slice.errors import SliceError


def torch_device(name: str | None) -> torch.device:
    """Read cpu, mps or the number of a GPU; None is cpu.

    Raises:
        SliceError: If it is none of them, or this machine has none that works.
    """
    name = name or "cpu"
    try:
        device = torch.device(f"cuda:{name}" if name.isdigit() else name)
        torch.ones(1, device=device).item()  # a driver that is missing is not noticed earlier
    except (RuntimeError, AssertionError) as fault:  # the latter from a torch without CUDA
        reason = str(fault).splitlines()[0]
        raise SliceError(f"device={name}: expected cpu, mps, or the number of a GPU that works ({reason})") from None
    return device
