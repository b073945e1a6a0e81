"""Exported files run by Ultralytics' own AutoBackend, where their runtime is installed."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor

from yolo_slice.integration.exporting.around_export import outputs_of

# Format -> the package that runs it on this machine; the others need a device, or a system, of their own
RUNTIMES = {
    "torchscript": "torch",
    "onnx": "onnxruntime",
    "openvino": "openvino",
    "engine": "tensorrt",
    "ncnn": "ncnn",
    "mnn": "MNN",
    "litert": "ai_edge_litert",
    "executorch": "executorch",
    "paddle": "paddle",
}


def why_not_run(format: str) -> str:
    """Say why files of a format cannot be run here; nothing if they can."""
    package = RUNTIMES.get(format)
    if package is None:
        return "its files do not run on this machine"
    return "" if find_spec(package) else f"{package} is not installed"


class ExportedFile:
    """An exported model, ready to run; OpenVINO computes in float32, which is not its default on every CPU.

    Args:
        path: File or folder.
        format: As Ultralytics names it.
        device: Where TensorRT's engines run; the others run on the CPU.
    """

    def __init__(self, path: str, format: str, device: torch.device) -> None:
        from ultralytics.nn.autobackend import AutoBackend

        self.device = device if format == "engine" else torch.device("cpu")
        with quiet(), openvino_f32() if format == "openvino" else nullcontext():
            self.backend = AutoBackend(path, device=self.device, verbose=False)

    def run(self, image: Tensor) -> list[Tensor]:
        """List the outputs.

        Args:
            image: (B, C, H, W), 0 to 1.
        """
        image = image.to(self.device, torch.float16 if getattr(self.backend, "fp16", False) else torch.float32)
        with torch.no_grad():
            return outputs_of(self.backend(image.contiguous()))


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what loading a model has to say from the log."""
    from ultralytics.utils import LOGGER

    level = LOGGER.level
    LOGGER.setLevel(logging.ERROR)
    try:
        yield
    finally:
        LOGGER.setLevel(level)


@contextmanager
def openvino_f32() -> Iterator[None]:
    """Make OpenVINO compute in float32, where its default on some CPUs is bfloat16."""
    import openvino

    stock = openvino.Core.compile_model

    def compile_model(self: Any, model: Any, device_name: str = "CPU", config: dict | None = None, **_: Any) -> Any:
        return stock(self, model, "CPU", {**(config or {}), "INFERENCE_PRECISION_HINT": "f32"})

    with patch.object(openvino.Core, "compile_model", compile_model):
        yield
