"""The scripts in examples/ run, small."""

import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.mark.apart
def test_mask_rcnn_with_a_sampled_backbone_trains(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("timm")
    script = runpy.run_path(str(EXAMPLES / "mask_rcnn_ssb.py"))
    assert 0 < script["main"](["--backbone", "resnet26d", "--imgsz", "96", "--steps", "1"]) < 100
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["stock resnet26d", "sampled resnet26d", "Mask R-CNN", "step 0"]
    assert "loss_mask" in lines[-1]


@pytest.mark.apart
def test_mask_rcnn_has_the_parameters_that_were_counted_elsewhere() -> None:
    timm, torch = pytest.importorskip("timm"), pytest.importorskip("torch")
    from yolo_slice import wrap_bottlenecks

    build = runpy.run_path(str(EXAMPLES / "mask_rcnn_ssb.py"))["build"]
    with torch.device("meta"):
        stock = timm.create_model("resnet50d")
        models = [build(backbone, 1024) for backbone in (stock, wrap_bottlenecks(stock))]
    # the classifier of timm is left out by the pyramid
    assert [round(sum(p.numel() for p in m.parameters()) / 1e6, 3) for m in models] == [44.474, 44.485]
