"""Where a difference arises, with layers that cost what they are told to."""

import torch
from torch import nn

from yolo_slice.bench.layers import LayerTime, layer_table, layer_times


class Clock:
    now = 0.0


class Costly(nn.Module):
    def __init__(self, clock: Clock, seconds: float) -> None:
        super().__init__()
        self.clock, self.seconds = clock, seconds

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.clock.now += self.seconds
        return x


class Network(nn.Module):
    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.model = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.model(x)


def test_each_layer_has_its_own_time() -> None:
    clock = Clock()
    models = {"a": Network(Costly(clock, 0.001), Costly(clock, 0.002)), "b": Network(Costly(clock, 0.004))}
    found = layer_times(models, torch.zeros(1), 3, lambda: clock.now)
    rounded = {label: [(one.name, round(one.ms, 6)) for one in layers] for label, layers in found.items()}
    assert rounded == {"a": [("Costly", 1.0), ("Costly", 2.0)], "b": [("Costly", 4.0)]}
    assert not any(layer._forward_hooks for model in models.values() for layer in model.model)


def test_the_table_sets_them_side_by_side() -> None:
    layers = {"a": [LayerTime("Conv", 1.0), LayerTime("Detect", 2.0)], "b": [LayerTime("SliceSamp", 1.5)]}
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in layer_table(layers).splitlines()]
    assert rows[0] == ["layer", "a", "ms", "b", "ms", "b minus a"]
    assert rows[2:] == [
        ["0", "Conv", "1.00", "SliceSamp", "1.50", "+0.50"],
        ["1", "Detect", "2.00", "", "", ""],
        ["all", "", "3.00", "", "1.50", "-1.50"],
    ]
