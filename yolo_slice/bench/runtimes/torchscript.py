"""TorchScript."""

from pathlib import Path
from typing import Any

from yolo_slice.bench.runtime import Conditions, Runtime, Session


def open_session(file: Path, conditions: Conditions) -> Session:
    """Load a traced model."""
    import torch

    torch.set_num_threads(conditions.threads)
    device = torch.device(f"cuda:{conditions.device}" if conditions.on_gpu else "cpu")
    model = torch.jit.load(str(file), map_location=device)
    image = torch.from_numpy(conditions.images()).to(device, torch.float16 if conditions.half else torch.float32)

    def run() -> Any:
        with torch.inference_mode():
            return model(image)

    return Session(run, "fp16" if conditions.half else "fp32")


RUNTIME = Runtime(
    name="torchscript",
    title="TorchScript",
    open=open_session,
    package="torch",
    modules=("torch",),
    install="pip install torch",
    export="torchscript",
    on_gpu=True,
    half_on=("gpu",),
)
