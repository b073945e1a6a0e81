"""A training step in PyTorch: forward and backward pass, BatchNorm in training mode, and what is kept in between.

The loss is the mean square of every output, and there is no optimizer: what is timed is what the blocks change.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from yolo_slice.bench.runtime import Conditions, Session
from yolo_slice.bench.runtimes import torch as eager


def open_session(file: Path, conditions: Conditions) -> Session:
    """Load weights to be trained."""
    import torch
    from ultralytics import YOLO

    torch.set_num_threads(conditions.threads)
    device = torch.device(f"cuda:{conditions.device}" if conditions.on_gpu else "cpu")
    yolo: Any = YOLO(file)
    model = yolo.model.float().to(device).train().requires_grad_(True)
    image = torch.from_numpy(conditions.images()).to(device)

    def loss() -> Any:
        with torch.autocast(device.type, enabled=conditions.half):
            outputs = tensors(model(image))
        return torch.stack([output.float().square().mean() for output in outputs]).sum()

    def step() -> None:
        model.zero_grad(set_to_none=True)
        loss().backward()

    return Session(step, "fp16 autocast" if conditions.half else "fp32", kept_mb(model, loss))


def tensors(output: Any) -> Iterator[Any]:
    """Yield the tensors of an output, whatever holds them."""
    if isinstance(output, dict):
        output = output.values()
    for part in output if not hasattr(output, "square") else ():
        yield from tensors(part)
    if hasattr(output, "square"):
        yield output


def kept_mb(model: Any, forward: Callable[[], object]) -> float:
    """Measure what a forward pass keeps for the backward pass, beside the model's own tensors: MB.

    Memory that several operations keep counts once.
    """
    import torch

    own = {tensor.untyped_storage().data_ptr() for tensor in (*model.parameters(), *model.buffers())}
    kept: dict[int, int] = {}

    def pack(tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        graph = forward()
    del graph  # until here no memory was used twice
    return sum(size for place, size in kept.items() if place not in own) / 1e6


RUNTIME = replace(eager.RUNTIME, name="train", title="PyTorch training step", open=open_session)
