"""The model file of a selective stage, its loss, and what a validation says of it."""

from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from selective import with_mask
from torch import nn
from ultralytics.nn import tasks

from yolo_slice.errors import SliceError
from yolo_slice.integration.hooks.selective_report import StageMeter
from yolo_slice.paths import CFG
from yolo_slice.segmentation.selective_stage import SelectiveStage

pytestmark = pytest.mark.skipif(
    not hasattr(tasks, "SemanticSegment"), reason="this ultralytics has no semantic segmentation"
)
FILE = CFG / "models" / "semantic" / "yolo26-select-sem.yaml"
MODEL = "yolo26n-select-sem.yaml"
STAGE = 5


def content(mode: str = "learned") -> dict[str, Any]:
    """The model file at scale n, of a mode."""
    d = tasks.yaml_model_load(MODEL)
    row = d["backbone"][STAGE]
    row[3] = [mode if word == "learned" else word for word in row[3]]
    if mode == "edges":
        d["backbone"] = [
            [-1, 1, "nn.Identity", []],
            *d["backbone"][:STAGE],
            [0, 1, "EdgeStrength", []],
            [[-2, -1], 1, "Concat", [1]],
            row,
        ]
    return d


def network(mode: str = "learned") -> Any:
    torch.manual_seed(0)
    model = tasks.SemanticSegmentationModel(content(mode), nc=3, verbose=False)
    model.args = type("Arguments", (), {"data": ""})()
    return model


def batch() -> dict[str, torch.Tensor]:
    random = torch.Generator().manual_seed(0)
    image = torch.rand(2, 3, 64, 64, generator=random)
    return {"img": image, "semantic_mask": torch.randint(0, 3, (2, 64, 64), generator=random)}


@pytest.mark.parametrize("scale", "nsmlx")
def test_parameters_are_those_that_the_file_names(scale: str) -> None:
    with torch.device("meta"):
        layers, _ = tasks.parse_model(tasks.yaml_model_load(f"yolo26{scale}-select-sem.yaml"), ch=3, verbose=False)
    count = sum(p.numel() for p in layers.parameters())
    (line,) = (line for line in FILE.read_text("utf-8").splitlines() if line.startswith(f"  {scale}: ["))
    assert line.endswith(f"# {count:,} parameters")


def test_the_backbone_is_the_stock_ones() -> None:
    from ultralytics.utils.checks import check_yaml

    ours = yaml.safe_load(FILE.read_text("utf-8"))
    stock = yaml.safe_load(Path(check_yaml("yolo26-sem.yaml")).read_text("utf-8"))
    assert ours["backbone"][:STAGE] == stock["backbone"][:STAGE]
    assert ours["scales"] == stock["scales"]


@pytest.mark.parametrize("mode", ["learned", "edges", "dilated", "strided"])
def test_every_mode_is_a_model_at_stride_8_that_trains(mode: str) -> None:
    model = network(mode)
    (stage,) = (m for m in model.modules() if isinstance(m, SelectiveStage))
    assert (stage.mode, len(stage.blocks), stage.blocks[0].cv2.conv.out_channels, stage.keep) == (mode, 6, 64, 0.25)
    assert model.stride.tolist() == [8]
    total, parts = model.train().loss(batch())
    total.backward()
    assert all(p.grad is not None for p in model.parameters())
    assert set(parts) - {"ce_loss", "dice_loss", "aux_loss"} == ({"keep_loss", "keep"} if mode == "learned" else set())
    assert model.eval()(batch()["img"]).shape == (2, 3, 8, 8)


def test_the_loss_has_cads_term_and_says_what_is_kept() -> None:
    model = network().eval()
    mask = torch.zeros(4, 4)
    mask[0] = 1  # 4 of 16 blocks
    with_mask(model.model[STAGE], mask)
    given = batch()
    plain, _ = tasks.SemanticSegmentationLoss(model)(model(given["img"]), given)
    model.model[STAGE].keep = 0.75
    total, parts = model.loss(given)
    assert parts["keep"] == 0.25
    assert parts["keep_loss"] == pytest.approx((0.25 - 0.75) ** 2)
    assert (total - plain).item() == pytest.approx(2 * 0.25, rel=1e-4)  # two images
    assert model.model[STAGE].last is None
    with pytest.raises(RuntimeError, match="once after each forward pass"):
        model.criterion(model_output(model, given), given)


def model_output(model: nn.Module, given: dict[str, torch.Tensor]) -> torch.Tensor:
    logits = model(given["img"])
    model.model[STAGE].last = None  # as after a first loss
    return logits


def test_mixed_precision_trains() -> None:
    model = network().train()
    with torch.autocast("cpu", torch.bfloat16):
        total, _ = model.loss(batch())
    total.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


@torch.no_grad()
def test_a_fused_model_is_the_model() -> None:
    model = network().eval()
    x = torch.rand(1, 3, 72, 64)
    wanted = model(x)
    fused = model.fuse(verbose=False)
    assert not [m for m in fused.modules() if isinstance(m, nn.BatchNorm2d)]
    torch.testing.assert_close(fused(x), wanted, atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_a_meter_adds_what_was_kept_needed_and_taken() -> None:
    stage = SelectiveStage(8, 16, 2).eval()
    mask = torch.zeros(4, 4)
    mask[0] = 1
    meter = StageMeter("5", "learned").watch(with_mask(stage, mask))
    stage(torch.randn(1, 8, 8, 8))
    stage(torch.randn(3, 8, 8, 8))
    assert (meter.images, meter.by_points, meter.kept) == (4, 1, 1.0)
    line = meter.line()
    assert line.startswith("SelectiveStage, layer 5, learned: keeps 0.250 of the blocks, effectively ")
    assert line.endswith(" ms an image, by points in 1 of 4 images")
    assert 0 < meter.macs < meter.dense
    assert meter.seconds > 0


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([-1, 1, "SelectiveStge", [512]], "unknown block 'SelectiveStge'; did you mean SelectiveStage"),
        ([-1, 1, "SelectiveStage", [512, 6, "dilate"]], "layer 5.*did you mean dilated"),
        ([[-1, 0], 1, "SelectiveStage", [512]], "takes one input"),
        ([-1, 1, "SelectiveStage", [512, 6, "edges"]], "layer 5.*mode edges needs a row of EdgeStrength"),
        ([-1, 1, "SelectiveStage", [512, 6, "learned", 0.5, 2]], "layer 5.*keep must be a number between 0 and 1"),
    ],
)
def test_mistakes_are_explained(row: list[Any], message: str) -> None:
    d = content()
    d["backbone"][STAGE] = row
    with pytest.raises(SliceError, match=message):
        tasks.parse_model(d, ch=3, verbose=False)
