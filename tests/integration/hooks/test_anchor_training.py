"""A model with anchors in the trainer's hands: its criterion, autoanchor, the stock commands from train to export."""

import copy
import csv
import re
import warnings
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from ready_process import yolo
from ultralytics import YOLO
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.nn.tasks import DetectionModel, yaml_model_load
from ultralytics.utils import LOGGER

from yolo_slice.bench import parity
from yolo_slice.heads.anchor_detect import COCO_ANCHORS, AnchorDetect
from yolo_slice.heads.anchor_fit import measure_fit
from yolo_slice.heads.anchor_loss import LOSS_NAMES
from yolo_slice.integration.hooks.anchor_criterion import AnchorCriterion
from yolo_slice.integration.hooks.anchor_training import check_anchors, object_sizes
from yolo_slice.paths import is_release, model_files


def tiny(**changes: Any) -> DetectionModel:
    """Release 5.0 at an eighth of its width, 64 px."""
    torch.manual_seed(0)
    d = yaml_model_load("yolov5n-5.0-slicesamp.yaml")
    return DetectionModel({**d, "scales": {"n": [0.33, 0.125, 1024]}, **changes}, nc=2, verbose=False)


def batch(count: int = 2) -> dict[str, torch.Tensor]:
    return {
        "img": torch.rand(count, 3, 64, 64, generator=torch.Generator().manual_seed(0)),
        "batch_idx": torch.tensor([0.0, 1, 1]),
        "cls": torch.tensor([[0.0], [1], [0]]),
        "bboxes": torch.tensor([[0.5, 0.5, 0.4, 0.4], [0.3, 0.6, 0.2, 0.3], [0.7, 0.2, 0.3, 0.2]]),
    }


def parts(items: Any) -> dict[str, float]:
    """The parts of a loss by name, in either form that hosts want them in."""
    values = items if isinstance(items, dict) else dict(zip(LOSS_NAMES, items, strict=True))
    return {name: float(value) for name, value in values.items()}


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(LOGGER, "info", lambda text, *_: lines.append(str(text)))
    monkeypatch.setattr(LOGGER, "warning", lambda text, *_: lines.append(str(text)))
    return lines


def test_criterion_is_ours_for_our_head_only() -> None:
    assert isinstance(tiny().init_criterion(), AnchorCriterion)
    stock = DetectionModel("yolov8n.yaml", verbose=False)
    stock.args = SimpleNamespace(box=7.5, cls=0.5, dfl=1.5)
    assert not isinstance(stock.init_criterion(), AnchorCriterion)


def test_loss_is_summed_over_the_batch_and_named() -> None:
    model = tiny()
    total, items = model.loss(batch())
    assert list(parts(items)) == ["box_loss", "obj_loss", "cls_loss"]
    assert total.tolist() == pytest.approx([2 * value for value in parts(items).values()])
    total.sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    wants_dict = "label_loss_items" not in vars(DetectionTrainer)
    assert isinstance(items, dict) == wants_dict


def test_loss_in_eval_mode_is_that_of_the_raw_output() -> None:
    model = tiny().eval()
    outputs = model(batch()["img"])
    assert parts(model.loss(batch(), outputs)[1]) == parts(model.loss(batch(), outputs[1])[1])


def test_gains_are_the_model_files() -> None:
    base, changed = (parts(tiny(**x).loss(batch())[1]) for x in ({}, {"loss": {"box": 0.1, "cls": 1.5}}))
    assert changed["box_loss"] == pytest.approx(2 * base["box_loss"])
    assert changed["cls_loss"] == pytest.approx(3 * base["cls_loss"])
    assert changed["obj_loss"] == base["obj_loss"]


@pytest.mark.parametrize("args", [{"imgsz": 320}, SimpleNamespace(imgsz=320), SimpleNamespace(imgsz=[192, 320])])
def test_objectness_gain_follows_the_training_images(args: Any) -> None:
    model = tiny()
    at_640 = parts(model.loss(batch())[1])
    model.args, model.criterion = args, None
    at_320 = parts(model.loss(batch())[1])
    assert at_320["obj_loss"] == pytest.approx(at_640["obj_loss"] / 4)
    assert at_320["box_loss"] == at_640["box_loss"]


def test_no_object_in_the_whole_batch() -> None:
    empty = {**batch(), "batch_idx": torch.zeros(0), "cls": torch.zeros(0, 1), "bboxes": torch.zeros(0, 4)}
    model = tiny()
    total, items = model.loss(empty)
    total.sum().backward()
    found = parts(items)
    assert found["obj_loss"] > 0
    assert found["box_loss"] == found["cls_loss"] == 0
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


def test_autocast_changes_little() -> None:
    model = tiny()
    exact = parts(model.loss(batch())[1])
    with torch.autocast("cpu", torch.bfloat16):
        rounded = parts(model.loss(batch())[1])
    assert rounded == pytest.approx(exact, rel=0.05)


def test_multi_scale_and_oblong_batches() -> None:
    model = tiny()
    for hw in ((32, 96), (128, 64)):
        found = parts(model.loss({**batch(), "img": torch.rand(2, 3, *hw)})[1])
        assert all(np.isfinite(value) and value > 0 for value in found.values())


def test_fused_and_copied_models_say_the_same() -> None:
    model = tiny().eval()
    for m in model.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.running_mean.normal_()
            m.running_var.uniform_(0.5, 2)
    image = batch()["img"]
    expected = model(image)[0]
    torch.testing.assert_close(copy.deepcopy(model).fuse(verbose=False)(image)[0], expected, rtol=1e-3, atol=1e-3)
    assert torch.equal(copy.deepcopy(model)(image)[0], expected)


def detect_head() -> AnchorDetect:
    return AnchorDetect(2, COCO_ANCHORS, (4, 8, 16))


def test_anchors_that_fit_are_kept(said: list[str]) -> None:
    head = detect_head()
    check_anchors(head, head.anchor_wh.flatten(0, 1).repeat(5, 1), 4.0)
    assert torch.equal(head.anchor_wh, detect_head().anchor_wh)
    assert said[0].startswith("yolo-slice: autoanchor: best possible recall 1.0000, ")
    assert said[0].endswith("anchors kept")


def test_anchors_that_do_not_fit_are_replaced_small_to_large(said: list[str]) -> None:
    random = torch.Generator().manual_seed(0)
    wh = torch.rand(300, 2, generator=random) * torch.tensor([4.0, 200]) + torch.tensor([2.0, 100])  # poles
    head = detect_head()
    before = measure_fit(wh, head.anchor_wh.flatten(0, 1), 4.0)
    check_anchors(head, wh, 4.0)
    after = measure_fit(wh, head.anchor_wh.flatten(0, 1), 4.0)
    assert before.recall < 0.5
    assert after.recall > 0.98
    assert (head.anchor_wh.prod(2).flatten().diff() >= 0).all()
    assert f"recall {before.recall:.4f}" in said[0]
    assert f"new anchors: recall {after.recall:.4f}" in said[0]


def test_anchors_are_kept_where_nothing_better_is_found(said: list[str]) -> None:
    for wh, reason in ((torch.zeros(0, 2), "no objects"), (torch.tensor([[3.0, 900]]), "too few for 9 anchors")):
        head = detect_head()
        check_anchors(head, wh, 4.0)
        assert torch.equal(head.anchor_wh, detect_head().anchor_wh)
        assert reason in said.pop()


def test_object_sizes_are_in_pixels_of_the_training_images(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((100, 50, 3), np.uint8))
    boxes = np.array([[0.5, 0.5, 0.2, 0.4], [0.1, 0.1, 0.1, 0.1]])
    labels = [{"shape": (100, 50), "bboxes": boxes}, {"shape": (480, 640), "bboxes": boxes[:0]}]
    for first in (labels[0], {"im_file": str(tmp_path / "a.png"), "bboxes": boxes}):
        wh = object_sizes([first, labels[1]], 640)
        exact = torch.tensor([[64.0, 256], [32, 64]])  # 640 px for the 100 of the longer side
        ratio = wh / exact
        assert 0.9 <= ratio.min() <= ratio.max() <= 1.1
        torch.testing.assert_close(ratio, ratio[:1, :1].expand(2, 2))  # one scale an image
        assert torch.equal(wh, object_sizes([first, labels[1]], 640))
    assert object_sizes([], 640).shape == (0, 2)


def trainer(model: DetectionModel, **changes: Any) -> Any:
    """As much of a trainer as is asked when it makes its validator."""
    poles = [{"shape": (64, 64), "bboxes": np.tile([0.5, 0.5, 0.03, 0.9], (30, 1))}]
    made = DetectionTrainer.__new__(DetectionTrainer)
    args = {"box": 7.5, "cls": 0.5, "dfl": 1.5, "cls_pw": 0.0, "imgsz": 64, "seed": 0}
    made.args = SimpleNamespace(**{**args, **changes.pop("args", {})})
    made.model, made.resume, made.loss_names = model, False, ()
    made.train_loader = SimpleNamespace(dataset=SimpleNamespace(labels=poles))
    vars(made).update(changes)
    return made


@pytest.fixture
def _no_validator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave of `get_validator` what we add to it."""
    from yolo_slice.integration.hooks import anchor_training

    added = SimpleNamespace(DetectionTrainer=type("DetectionTrainer", (), {"get_validator": lambda self: "stock"}))
    anchor_training.patch(added)  # pyright: ignore[reportArgumentType]
    monkeypatch.setattr(DetectionTrainer, "get_validator", added.DetectionTrainer.get_validator)


@pytest.mark.usefixtures("_no_validator")
@pytest.mark.parametrize(
    ("model", "changes", "is_replaced"),
    [({}, {}, True), ({"autoanchor": False}, {}, False), ({}, {"resume": True}, False)],
)
def test_training_starts_with_autoanchor_unless_turned_off_or_resumed(
    said: list[str], model: dict[str, Any], changes: dict[str, Any], is_replaced: bool
) -> None:
    started = trainer(tiny(**model), **changes)
    assert started.get_validator() == "stock"
    assert (not torch.equal(started.model.model[-1].anchor_wh, detect_head().anchor_wh)) == is_replaced
    assert any("autoanchor" in line for line in said) == is_replaced


@pytest.mark.usefixtures("_no_validator")
def test_settings_of_the_hosts_loss_are_said_to_be_without_effect(said: list[str]) -> None:
    started = trainer(tiny(autoanchor=False), args={"box": 5.0, "cls_pw": 0.5}, loss_names=("box_loss", "dfl_loss"))
    started.get_validator()
    assert [line for line in said if "box, cls_pw: without effect on AnchorDetect" in line]
    assert started.loss_names == LOSS_NAMES


@pytest.mark.usefixtures("_no_validator")
def test_other_heads_are_left_alone(said: list[str]) -> None:
    started = trainer(DetectionModel("yolov8n.yaml", verbose=False), args={"box": 5.0}, loss_names=("a",))
    assert started.get_validator() == "stock"
    assert (said, started.loss_names) == ([], ("a",))


def draw(folder: Path) -> Path:
    """Sixteen images of one or two bright rectangles, one image of nothing; the validation set is the same."""
    rng = np.random.default_rng(0)
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True)
    for i in range(17):
        image, lines = rng.integers(0, 60, (64, 64, 3), np.uint8), []
        for k in range(i % 2 + 1 if i < 16 else 0):
            w, h = rng.integers(12, 24, 2)
            x, y = rng.integers(0, 40, 2)
            image[y : y + h, x : x + w] = (255, 40, 40) if k else (40, 255, 255)
            lines.append(f"{k} {(x + w / 2) / 64} {(y + h / 2) / 64} {w / 64} {h / 64}")
        cv2.imwrite(str(folder / "images" / f"{i}.png"), image)
        (folder / "labels" / f"{i}.txt").write_text("\n".join(lines))
    file = folder / "data.yaml"
    file.write_text(f"path: {folder.as_posix()}\ntrain: images\nval: images\nnames: [a, b]\n")
    return file


@pytest.mark.slow
def test_stock_commands_train_validate_predict_track_and_train_on(tmp_path: Path) -> None:
    data = draw(tmp_path / "data")
    quick = ["imgsz=64", "batch=8", "nbs=8", "workers=0", "plots=False", "amp=False", "device=cpu"]
    quick.append(f"project={tmp_path / 'runs'}")
    new = ["model=yolov5n-5.0-slicesamp.yaml", "epochs=3", "name=a", "box=5"]
    out = yolo("train", f"data={data}", *new, *quick, folder=tmp_path)
    assert "AnchorDetect" in out
    assert "GFLOPs" in out
    assert "autoanchor: best possible recall" in out
    assert "box: without effect on AnchorDetect" in out
    run = next(p for p in tmp_path.rglob("results.csv")).parent
    with (run / "results.csv").open() as file:
        table = [{k.strip(): float(v) for k, v in row.items()} for row in csv.DictReader(file)]
    losses = [f"{split}/{name}" for split in ("train", "val") for name in LOSS_NAMES]
    assert all(np.isfinite(row[name]) and row[name] > 0 for row in table for name in losses)
    assert not [name for name in table[0] if "dfl" in name]
    best = run / "weights" / "best.pt"
    assert "all         17" in yolo("val", f"model={best}", f"data={data}", "imgsz=64", "plots=False", folder=tmp_path)
    for mode in ("predict", "track"):
        assert "17/17" in yolo(mode, f"model={best}", f"source={data.parent / 'images'}", "imgsz=64", folder=tmp_path)
    again = yolo("train", f"model={best}", f"data={data}", "epochs=1", "name=b", *quick, folder=tmp_path)
    transferred = re.search(r"Transferred (\d+)/(\d+) items", again)
    assert transferred
    assert transferred[1] == transferred[2]


RELEASED = sorted(file.stem for file in model_files() if is_release(file.name))
SAMPLED = ("yolov5-5.0-slice", "yolov5-6.0-spd-official")
EXPORTS = [
    pytest.param(stem, "onnx", False, marks=() if stem in SAMPLED else pytest.mark.apart) for stem in RELEASED
] + [
    ("yolov5-5.0-slice", form, dynamic)
    for form, dynamic in (("torchscript", False), ("openvino", False), ("openvino", True), ("onnx", True))
]


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(("stem", "form", "dynamic"), EXPORTS)
def test_exports_agree(stem: str, form: str, dynamic: bool, tmp_path: Path) -> None:
    """Boxes in pixels and scores of a random model, within float32's rounding of the PyTorch model's."""
    torch.manual_seed(0)
    file = tmp_path / "model.pt"
    model = YOLO(f"{stem.replace('v5', 'v5n', 1)}.yaml")
    for conv in model.model.model[-1].m:  # as they start, all scores are near 0, and would agree whatever they are
        conv.bias.data.normal_()
        conv.weight.data *= 30
    model.save(file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch 2.15: the TorchScript exporter, which the host uses, is to go
        exported = YOLO(file).export(format=form, imgsz=64, dynamic=dynamic, verbose=False, device="cpu")
    runners = YOLO(file), YOLO(exported, task="detect")
    with parity.openvino_f32() if form == "openvino" else nullcontext():
        for side in (64, 96) if dynamic else (64,):
            ours, theirs = (raw_output(runner, side) for runner in runners)
            print(f"{stem} {form} {side} px: box {np.abs(ours - theirs)[:, :4].max():.1e} px, "
                  f"score {np.abs(ours - theirs)[:, 4:].max():.1e}")  # fmt: skip
            assert ours[:, 4:].std() > 0.05
            assert ours[:, 2:4].std() > 5
            np.testing.assert_allclose(theirs[:, :4], ours[:, :4], rtol=0, atol=1e-2)
            np.testing.assert_allclose(theirs[:, 4:], ours[:, 4:], rtol=0, atol=1e-4)


def raw_output(runner: Any, side: int) -> np.ndarray:
    """Decoded output (1, 4+nc, N) of a model on one square image of noise."""
    image = np.random.default_rng(0).integers(0, 255, (side, side, 3), np.uint8)
    runner.predict(image, imgsz=side, verbose=False, device="cpu")
    y = runner.predictor.model(runner.predictor.preprocess([image]))
    return np.asarray(y[0] if isinstance(y, (list, tuple)) else y)
