"""Derived models through the stock command: trained from stock weights in six tasks, resumed, reloaded, exported."""

import re
from pathlib import Path

import pytest
import torch
from tiny_training import QUICK, SIDE, StopHereError, loads_elsewhere, make_data, stop_in_second_epoch, train
from ultralytics import YOLO
from ultralytics.utils import LOGGER

from yolo_slice.integration.log import inform_once
from yolo_slice.integration.model_files.stock_files import stock_model_names

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),  # the host's own runs warn in many places
]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    messages: list[str] = []
    monkeypatch.setattr(LOGGER, "info", lambda message, *_: messages.append(str(message)))
    return messages


@pytest.mark.parametrize(
    ("task", "name", "base", "changed"),
    [
        ("detect", "yolov8n-p2-slice", "yolov8n", {"SliceSamp": 7, "SliceUpsamp": 3}),
        ("detect", "yolov9t-spd", "yolov9t", {"SPDConv": 1}),
        ("segment", "yolo26n-seg-slice", "yolo26n-seg", {"SliceSamp": 6, "SliceUpsamp": 2}),
        ("pose", "yolo11n-pose-spd", "yolo11n-pose", {"SPDConv": 6}),
        ("obb", "yolo12n-obb-slicesamp", "yolo12n-obb", {"SliceSamp": 6}),
        ("classify", "yolov8n-cls-spd", "yolov8n-cls", {"SPDConv": 4}),
        ("semantic", "yolo26n-sem-slice", "yolo26n-sem", {"SliceSamp": 4, "SliceUpsamp": 2}),
    ],
)
def test_a_derived_model_trains_from_the_stock_models_weights(
    task: str,
    name: str,
    base: str,
    changed: dict[str, int],
    log: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if base.replace("n-", "-") not in stock_model_names() and task == "semantic":
        pytest.skip("this ultralytics has no semantic segmentation")
    monkeypatch.chdir(tmp_path)
    data = make_data(tmp_path / "data", task)
    inform_once.cache_clear()
    stock = YOLO(f"{base}.yaml")
    stock.save(tmp_path / "stock.pt")
    train(
        model=f"{name}.yaml", pretrained=tmp_path / "stock.pt", data=data, project=tmp_path / "runs", name="t", **QUICK
    )

    (derived,) = (m for m in log if m.startswith(f"yolo-slice: {name} is "))
    # the host's command loads the weights twice, and says "Transferred" twice
    (report,) = {m for m in log if m.startswith("yolo-slice: parameters by role: ")}
    print(derived, report, sep="\n")
    counts = {
        verb: int(n.replace(",", "")) for n, verb in re.findall(r"([\d,]+) (copied|converted|initialised)", report)
    }
    assert counts["copied"] > 0
    assert ("converted" in counts) == ("SPDConv" in changed)
    assert ("start untrained" in "\n".join(log)) == ("SliceSamp" in changed)

    best = tmp_path / "runs" / "t" / "weights" / "best.pt"
    model = YOLO(best)
    assert model.task == task
    layers = [type(layer).__name__ for layer in model.model.model]
    assert {block: layers.count(block) for block in changed} == changed
    assert [row[2].rpartition(".")[2] for row in model.model.yaml["backbone"] + model.model.yaml["head"]] == layers
    assert loads_elsewhere(best, tmp_path / "data") == layers
    results = (tmp_path / "runs" / "t" / "results.csv").read_text().splitlines()
    assert len(results) == 2
    assert "nan" not in results[1]


def test_its_checkpoint_trains_on_resumes_and_exports(
    log: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = make_data(tmp_path / "data", "pose")
    model = YOLO("yolo11n-pose-slicesamp.yaml")
    model.add_callback("on_train_epoch_start", stop_in_second_epoch)
    runs = tmp_path / "runs"
    with pytest.raises(StopHereError):
        model.train(data=str(data), project=str(runs), name="first", **{**QUICK, "epochs": 2})
    last = runs / "first" / "weights" / "last.pt"
    train(model=last, resume=True)
    assert "from epoch 2 to 2 total epochs" in "\n".join(log)
    assert len((runs / "first" / "results.csv").read_text().splitlines()) == 3

    log.clear()
    train(model=last, data=data, project=runs, name="second", **QUICK)
    assert [m for m in log if m.startswith("yolo-slice: parameters")] == []  # the same architecture: nothing to say
    second = YOLO(runs / "second" / "weights" / "last.pt")
    assert any("Transferred" in m and len(set(re.findall(r"\d+", m))) == 1 for m in log)  # all of all

    exported = Path(second.export(format="torchscript", imgsz=SIDE))
    x = torch.rand(1, 3, SIDE, SIDE)
    with torch.no_grad():
        ours = second.model.float().eval()(x)[0]
        theirs = torch.jit.load(exported)(x)
    torch.testing.assert_close(theirs[0] if isinstance(theirs, tuple) else theirs, ours, atol=1e-3, rtol=0)
