"""What converters get wrong without saying so: refused before they do."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from yolo_slice.errors import SliceError

# Format -> operation -> what becomes of it
FAULTS: Mapping[str, Mapping[str, str]] = {
    "ncnn": {
        "a slice with a step": "its converter drops the step, and the file computes something else",
        "an index by a tensor": "its converter writes a layer that ncnn does not load",
    }
}


class _Operations(TorchDispatchMode):
    """Notes which of the operations that converters get wrong are used."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.aten.slice.Tensor and len(args) > 4 and args[4] != 1:
            self.found.add("a slice with a step")
        elif func is torch.ops.aten.index.Tensor:
            self.found.add("an index by a tensor")
        return func(*args, **(kwargs or {}))


@contextmanager
def refusing(format: str) -> Iterator[None]:
    """Watch what torch computes, and refuse what the converter to a format is known to break.

    Raises:
        SliceError: At the end, if there was such an operation.
    """
    with _Operations() as operations:
        yield
    for operation, consequence in FAULTS.get(format, {}).items():
        if operation in operations.found:
            raise SliceError(
                f"format={format}: the model has {operation}: {consequence}; export it to another format, such as onnx"
            )
