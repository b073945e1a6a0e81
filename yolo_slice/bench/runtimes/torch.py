"""PyTorch in eager mode, as `yolo predict` runs weights: BatchNorm folded, no gradients."""

from pathlib import Path
from typing import Any

from yolo_slice.bench.runtime import Conditions, Runtime, Session


def open_session(file: Path, conditions: Conditions, channels_last: bool = False) -> Session:
    """Load weights, and run them without gradients."""
    import torch

    model, image = open_model(file, conditions)
    if channels_last:
        model, image = (x.to(memory_format=torch.channels_last) for x in (model, image))

    def run() -> Any:
        with torch.inference_mode():
            return model(image)

    return Session(run, "fp16" if conditions.half else "fp32")


def open_model(file: Path, conditions: Conditions) -> tuple[Any, Any]:
    """Load weights with BatchNorm folded; return the network and its input, where and as they are to run."""
    import torch
    from ultralytics import YOLO

    torch.set_num_threads(conditions.threads)
    device = torch.device(f"cuda:{conditions.device}" if conditions.on_gpu else "cpu")
    dtype = torch.float16 if conditions.half else torch.float32
    yolo: Any = YOLO(file)
    model = yolo.model.float().eval().fuse(verbose=False).to(device, dtype)
    return model.requires_grad_(False), torch.from_numpy(conditions.images()).to(device, dtype)


RUNTIME = Runtime(
    name="torch",
    title="PyTorch",
    open=open_session,
    package="torch",
    modules=("torch", "ultralytics"),
    install="pip install torch",
    on_gpu=True,
    half_on=("gpu",),
)
