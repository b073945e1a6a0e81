"""Model files built on the meta device: every layer and every shape, no memory and nothing computed."""

from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor, nn


class MetaModel(nn.Module):
    """The layers of one scale of a model file, connected as Ultralytics connects them; in training mode.

    (B, C, H, W) on the meta device -> what the head returns in training. Made to be counted.

    Args:
        file: Model file; its place does not matter.
        scale: A key of the file's `scales`.
        channels: Channels of an image.
    """

    def __init__(self, file: Path, scale: str, channels: int = 3) -> None:
        from ultralytics.nn import tasks

        super().__init__()
        model = {**yaml.safe_load(file.read_text(encoding="utf-8")), "scale": scale}
        with torch.device("meta"):
            self.layers, _ = tasks.parse_model(model, ch=channels, verbose=False)

    def forward(self, x: Tensor) -> Any:
        outputs: list[Any] = []
        for layer in self.layers:
            sources = [layer.f] if isinstance(layer.f, int) else layer.f
            inputs = [x if source == -1 else outputs[source] for source in sources]
            x = layer(inputs[0] if isinstance(layer.f, int) else inputs)
            outputs.append(x)
        return x
