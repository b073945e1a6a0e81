"""Model files built on the meta device, where nothing is computed: layers, shapes and operations of one image."""

import contextlib
import copy
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from torch import Tensor, nn
from ultralytics.nn import tasks
from ultralytics.nn.modules.block import Attention

MACS = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
NORMS = (nn.BatchNorm2d, nn.LayerNorm)


def load(file: Path) -> dict[str, Any]:
    return copy.deepcopy(_parsed(file))  # Ultralytics writes into the rows that it builds from


@functools.cache
def _parsed(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


@functools.cache
def build(file: Path, scale: str) -> nn.Sequential:
    """Build one scale of a model file."""
    with torch.device("meta"):
        layers, _ = tasks.parse_model({**load(file), "scale": scale}, ch=3, verbose=False)
    return layers


@contextlib.contextmanager
def shapes_only() -> Iterator[None]:
    """Let normalisations and activations return what they are given: on the meta device they are slow."""
    with pytest.MonkeyPatch.context() as patch:
        for kind in (nn.BatchNorm2d, nn.SiLU):
            patch.setattr(kind, "forward", lambda _, x: x)
        yield


def parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def run(layers: nn.Sequential, height: int, width: int) -> list[Any]:
    """Return what every layer makes of an image."""
    outputs: list[Any] = []
    x: Any = torch.zeros(1, 3, height, width, device="meta")
    with shapes_only():
        for layer in layers:
            sources = [layer.f] if isinstance(layer.f, int) else layer.f
            given = [x if source == -1 else outputs[source] for source in sources]
            x = layer(given[0] if isinstance(layer.f, int) else given)
            outputs.append(x)
    return outputs


def operations(module: nn.Module, given: Tensor, output: Tensor) -> int:
    """Count multiply-accumulates, and 4 operations per normalised element."""
    if isinstance(module, Attention):  # queries by keys, and that by values; its convolutions are counted themselves
        places = given[0, 0].numel()
        return module.num_heads * places**2 * (module.key_dim + module.head_dim)
    return 4 * given.numel() if isinstance(module, NORMS) else output.numel() * module.weight[0].numel()


def gflops(layers: nn.Sequential) -> float:
    """Count one image of 640 x 640 pixels, every operation twice, in 1e9."""
    counts: list[int] = []
    handles = [
        module.register_forward_hook(lambda module, given, output: counts.append(operations(module, given[0], output)))
        for module in layers.modules()
        if isinstance(module, (*MACS, *NORMS, Attention))
    ]
    run(layers, 640, 640)
    for handle in handles:
        handle.remove()
    return 2 * sum(counts) / 1e9
