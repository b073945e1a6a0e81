"""The shipped model files: the stock files but for the swapped rows, with exact channels and parameter counts."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from torch import nn
from ultralytics import YOLO
from ultralytics.nn import tasks
from ultralytics.nn.tasks import DetectionModel
from ultralytics.utils import checks

from yolo_slice.blocks import SliceSamp, SliceUpsamp, SPDConv
from yolo_slice.paths import model_files

FILES = {file.stem: file for file in model_files()}
CASES = [(stem, scale) for stem in FILES for scale in "nsmlx"]
DOWN = {"slice": "SliceSamp", "slicesamp": "SliceSamp", "spd": "SPDConv"}


def load(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def stock(stem: str) -> dict[str, Any]:
    return load(Path(checks.check_file(f"{stem.split('-')[0]}.yaml")))


def rows(d: dict[str, Any]) -> list[list[Any]]:
    return d["backbone"] + d["head"]


def swap(row: list[Any], index: int, variant: str) -> list[Any]:
    """The rule that the files follow: what becomes of a stock row."""
    source, repeats, name, args = row
    if name == "Conv" and args[1:] == [3, 2] and index > 0:
        return [source, repeats, DOWN[variant], args[:1]]
    if name == "nn.Upsample" and variant == "slice":
        return [source, repeats, "SliceUpsamp", []]
    return row


def plan(d: dict[str, Any], scale: str) -> tuple[list[nn.Module], list[torch.Size]]:
    """Build on the meta device, where nothing is computed; return the layers and the shapes in front of the head."""
    with torch.device("meta"):
        layers, _ = tasks.parse_model({**d, "scale": scale}, ch=3, verbose=False)
        outputs: list[Any] = []
        x = torch.zeros(1, 3, 64, 96)
        for layer in layers[:-1]:
            given = x if layer.f == -1 else outputs[layer.f] if isinstance(layer.f, int) else None
            x = layer(given if given is not None else [x if f == -1 else outputs[f] for f in layer.f])
            outputs.append(x)
    return list(layers), [y.shape for y in outputs]


def parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def formula(layer: nn.Module, c1: int, c2: int) -> int:
    """Parameters of a swapped layer by the papers' arithmetic."""
    if isinstance(layer, SliceSamp):
        return 36 * c1 + 8 * c1 + 4 * c1 * c2 + 2 * c2
    if isinstance(layer, SliceUpsamp):
        return 11 * (c1 // 4) + (c1 // 4) * c2 + 2 * c2
    assert isinstance(layer, SPDConv)
    return 36 * c1 * c2 + 2 * c2


def test_the_promised_files_are_there() -> None:
    assert FILES.keys() == {f"{f}-{v}" for f in ("yolov5", "yolov8", "yolo11", "yolo26") for v in DOWN}


@pytest.mark.parametrize("stem", FILES)
def test_file_differs_from_the_stock_one_in_the_swapped_rows_only(stem: str) -> None:
    ours, theirs = load(FILES[stem]), stock(stem)
    variant = stem.split("-")[1]
    assert rows(ours) == [swap(row, i, variant) for i, row in enumerate(rows(theirs))]
    assert len(ours["backbone"]) == len(theirs["backbone"])
    assert {k: v for k, v in ours.items() if k not in ("backbone", "head")} == {
        k: v for k, v in theirs.items() if k not in ("backbone", "head")
    }
    assert sum(a != b for a, b in zip(rows(ours), rows(theirs), strict=True)) == (8 if variant == "slice" else 6)


@pytest.mark.parametrize(("stem", "scale"), CASES)
def test_every_row_has_the_stock_rows_channels_and_resolution(stem: str, scale: str) -> None:
    (ours, our_shapes), (theirs, their_shapes) = plan(load(FILES[stem]), scale), plan(stock(stem), scale)
    assert our_shapes == their_shapes
    for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        if type(a) is not type(b):
            c1 = our_shapes[i - 1][1]
            assert parameters(a) == formula(a, c1, our_shapes[i][1])
        else:
            assert str(a) == str(b)


@pytest.mark.parametrize(("stem", "scale"), CASES)
def test_header_states_the_exact_number_of_parameters(stem: str, scale: str) -> None:
    layers, _ = plan(load(FILES[stem]), scale)
    stated = re.search(rf"(?m)^  {scale}: .*# ([\d,]+) parameters", FILES[stem].read_text(encoding="utf-8"))
    assert stated
    assert int(stated[1].replace(",", "")) == sum(parameters(layer) for layer in layers)


def test_totals_known_from_elsewhere() -> None:
    """Totals that were measured with another implementation of the same models (methods.md, host.md)."""
    for name, total in (("yolov8n-slice", 2_878_512), ("yolov8n-spd", 4_885_000), ("yolov5s-slicesamp", 7_911_000)):
        model = DetectionModel(f"{name}.yaml", verbose=False)
        assert parameters(model) == pytest.approx(total, abs=0 if total % 1000 else 1000)
        assert model.stride.tolist() == [8, 16, 32]


@pytest.mark.parametrize("stem", FILES)
def test_load_transfers_every_untouched_layer(stem: str) -> None:
    family, variant = stem.split("-")
    source = DetectionModel(f"{family}n.yaml", verbose=False)
    target = DetectionModel(f"{family}n-{variant}.yaml", verbose=False)
    for tensor in source.state_dict().values():
        tensor.copy_(torch.rand(tensor.shape) if tensor.is_floating_point() else tensor + 1)
    target.load(source, verbose=False)
    for ours, theirs in zip(target.model, source.model, strict=True):
        if type(ours) is type(theirs):
            for key, value in theirs.state_dict().items():
                assert torch.equal(ours.state_dict()[key], value), f"layer {ours.i}: {key}"


def test_trained_weights_transfer_through_the_public_api(real_data: Path) -> None:
    weights = real_data / "weights" / "yolov8n_dq.pt"
    source = YOLO(weights).model.float().state_dict()
    target = YOLO("yolov8n-slice.yaml").load(str(weights)).model.state_dict()
    swapped = {f"model.{i}." for i in (1, 3, 5, 7, 10, 13, 16, 19)}
    for key, value in target.items():
        if not any(key.startswith(prefix) for prefix in swapped):
            assert torch.equal(source[key], value), key
