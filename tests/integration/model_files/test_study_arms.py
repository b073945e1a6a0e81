"""The model files that studies compare: each the shipped file but for six rows, its scale in its name."""

from pathlib import Path
from typing import Any

import pytest
import torch
from meta_layers import load
from torch import nn
from ultralytics.nn.tasks import DetectionModel

from yolo_slice.blocks import SliceSamp
from yolo_slice.paths import find_shipped

ARMS = Path(__file__).parents[3] / "docs" / "studies" / "arms"
FAMILIES = ("yolov5", "yolov8")


def rows(d: dict[str, Any]) -> list[list[Any]]:
    return d["backbone"] + d["head"]


def paper(row: list[Any]) -> list[Any]:
    return [*row[:3], [*row[3], 3, "GELU", "paper"]] if row[2] == "SliceSamp" else row


def slicing(row: list[Any]) -> list[Any]:
    return [*row[:2], "Slicing", row[3]] if row[2] == "SliceSamp" else row


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("arm", "changed"), [("slicesamp-paper", paper), ("slicing", slicing)])
def test_arm_differs_from_the_shipped_file_in_six_rows_only(family: str, arm: str, changed: Any) -> None:
    shipped = find_shipped(f"{family}-slicesamp.yaml")
    assert shipped
    ours, theirs = load(ARMS / f"{family}n-{arm}.yaml"), load(shipped)
    assert rows(ours) == [changed(row) for row in rows(theirs)]
    assert sum(a != b for a, b in zip(rows(ours), rows(theirs), strict=True)) == 6
    assert {**ours, "backbone": 0, "head": 0} == {**theirs, "backbone": 0, "head": 0}
    assert len(ours["backbone"]) == len(theirs["backbone"])


def parameters(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize(
    ("arm", "total"),
    [
        ("yolov5n-slicesamp-paper", 2_353_824),
        ("yolov8n-slicesamp-paper", 2_856_208),
        ("yolov5n-slicing", 2_334_816),
        ("yolov8n-slicing", 2_837_200),
    ],
)
def test_arm_given_by_path_is_built_at_the_scale_in_its_name(arm: str, total: int) -> None:
    """Totals: the shipped -slicesamp, less 11 parameters for each of the 4 c1 channels where the blocks are Slicing."""
    model = DetectionModel(str(ARMS / f"{arm}.yaml"), verbose=False)
    assert parameters(model) == total
    assert model.yaml["scale"] == "n"


@pytest.mark.parametrize("family", FAMILIES)
def test_both_starts_with_one_seed_differ_in_the_blocks_only(family: str) -> None:
    models = []
    for file in (f"{family}n-slicesamp.yaml", str(ARMS / f"{family}n-slicesamp-paper.yaml")):
        torch.manual_seed(0)
        models.append(DetectionModel(file, verbose=False))
    linear, theirs = models
    blocks = {f"model.{layer.i}." for layer in linear.model if isinstance(layer, SliceSamp)}
    assert len(blocks) == 6
    for (key, ours), value in zip(linear.state_dict().items(), theirs.state_dict().values(), strict=True):
        is_start = key.startswith(tuple(blocks)) and key.endswith(("conv.weight", "depthwise.bn.bias"))
        assert torch.equal(ours, value) != is_start, key
