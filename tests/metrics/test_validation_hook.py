"""COCO's numbers after the host's validation: equal to pycocotools on the run's own boxes, and never in the way."""

import contextlib
import io
import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from tiny_detection import QUICK, make_data_set, make_model
from ultralytics import YOLO
from ultralytics.engine.validator import BaseValidator
from ultralytics.utils import LOGGER

from yolo_slice.integration.validation.collector import Collector
from yolo_slice.metrics import evaluate_coco, validation_hook
from yolo_slice.metrics.coco import NAMES

pytestmark = pytest.mark.filterwarnings("default")  # the host's own runs warn in many places


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_data_set(tmp_path_factory.mktemp("noise") / "original").parent


@pytest.fixture
def data(original: Path, tmp_path: Path) -> Path:
    file = shutil.copytree(original, tmp_path / "noise") / "data.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), "path": str(file.parent)}))
    return file


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the host's log prints; the tests keep it quiet otherwise."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    level = LOGGER.level
    monkeypatch.setattr(LOGGER, "handlers", [handler])
    LOGGER.setLevel(logging.INFO)
    yield text
    LOGGER.setLevel(level)


def directly(folder: Path, truth: dict | None = None) -> list[float]:
    """pycocotools on the files that a run has written, or on the given ground truth."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO() if truth else COCO(folder / "coco_ground_truth.json")
        if truth:
            coco.dataset = truth
            coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(json.loads((folder / "coco_predictions.json").read_text())), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats.tolist()


def labels_as_coco(root: Path, folder: Path) -> dict:
    """The ground truth of a run once more, from the label files and the images, not from the run."""
    written = json.loads((folder / "coco_ground_truth.json").read_text())
    annotations = []
    for image in written["images"]:
        h, w = cv2.imread(str(root / image["file_name"])).shape[:2]
        assert (image["width"], image["height"]) == (w, h)
        label = root / image["file_name"].replace("images", "labels").replace(".png", ".txt").replace(".jpg", ".txt")
        for row in label.read_text().splitlines() if label.exists() else []:
            k, cx, cy, bw, bh = map(float, row.split())
            box = [(cx - bw / 2) * w, (cy - bh / 2) * h, bw * w, bh * h]
            annotations.append(
                {"image_id": image["id"], "category_id": int(k) + 1, "bbox": box, "area": bw * w * bh * h}
            )
    numbered = [{**row, "id": n, "iscrowd": 0} for n, row in enumerate(annotations, 1)]
    return {**written, "annotations": numbered}


@pytest.mark.long
@pytest.mark.parametrize("rect", [True, False])
def test_equals_pycocotools_on_labels_and_predictions(data: Path, tmp_path: Path, log: io.StringIO, rect: bool) -> None:
    metrics = make_model().val(data=str(data), project=str(tmp_path), name="run", rect=rect, save_json=True, **QUICK)
    folder = tmp_path / "run"
    written = json.loads((folder / "coco_metrics.json").read_text())
    assert [written[name] for name in NAMES] == list(metrics.coco.values())
    assert list(metrics.coco.values()) == pytest.approx(directly(folder), abs=1e-12)
    assert list(metrics.coco.values()) == pytest.approx(directly(folder, labels_as_coco(data.parent, folder)), abs=1e-6)
    assert metrics.coco["AR_100"] > 0
    assert (metrics.coco.images, metrics.coco.area) == (6, "box area")
    assert metrics.coco.objects == {"first": 9, "second": 6}
    assert list(metrics.coco.values()) == list(
        evaluate_coco(folder / "coco_ground_truth.json", folder / "coco_predictions.json").values()
    )
    assert "COCO (box area)       AP     AP50     AP75     AP_S     AP_M     AP_L" in log.getvalue()
    rows = (folder / "coco_metrics.csv").read_text().splitlines()
    assert rows[0] == "class,objects," + ",".join(NAMES)
    assert [row.split(",")[0] for row in rows[1:]] == ["all", "first", "second"]
    assert float(rows[1].split(",")[2]) == metrics.coco["AP"]


@pytest.mark.long
def test_predictions_are_those_that_the_host_saves_but_not_rounded(data: Path, tmp_path: Path) -> None:
    make_model().val(data=str(data), project=str(tmp_path), name="run", save_json=True, **QUICK)
    host = json.loads((tmp_path / "run/predictions.json").read_text())
    ours = json.loads((tmp_path / "run/coco_predictions.json").read_text())
    assert len(host) == len(ours) > 100
    rounded = [[*np.round(row["bbox"], 3), round(row["score"], 5), row["category_id"]] for row in ours]
    theirs = [[*row["bbox"], row["score"], row["category_id"]] for row in host]
    assert np.abs(np.array(sorted(rounded)) - np.array(sorted(theirs))).max() < 0.0021
    assert any(row["score"] != round(row["score"], 5) for row in ours)


@pytest.mark.long
def test_the_hosts_own_numbers_are_untouched(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"data": str(data), "project": str(tmp_path), **QUICK}
    ours = make_model().val(**settings)
    monkeypatch.setenv(validation_hook.SWITCH, "off")
    stock = make_model().val(**settings)
    assert ours.results_dict == stock.results_dict
    assert ours.keys == stock.keys
    assert ours.coco["AP"] >= 0
    assert not hasattr(stock, "coco")
    assert len(list(tmp_path.rglob("coco_metrics.*"))) == 2


@pytest.mark.long
def test_annotations_of_the_data_yaml_give_crowds_and_areas(data: Path, tmp_path: Path, log: io.StringIO) -> None:
    settings = {"data": str(data), "project": str(tmp_path), "save_json": True, **QUICK}
    labels = make_model().val(name="labels", **settings)
    truth = json.loads((tmp_path / "labels/coco_ground_truth.json").read_text())
    for row in truth["annotations"]:
        row["area"] *= 0.5
    truth["annotations"][0]["iscrowd"] = 1
    truth["images"].append({"id": 99, "file_name": "not in the split.png"})
    (data.parent / "val.json").write_text(json.dumps(truth))
    data.write_text(data.read_text() + yaml.safe_dump({"annotations": {"val": "val.json"}}))
    metrics = make_model().val(name="annotated", **settings)
    assert metrics.coco.area == "segmentation area"
    assert metrics.coco.images == 6
    assert sum(metrics.coco.objects.values()) == 14
    truth["images"].pop()
    assert list(metrics.coco.values()) == pytest.approx(directly(tmp_path / "annotated", truth), abs=1e-6)
    assert metrics.coco["AR_100"] != labels.coco["AR_100"]
    (data.parent / "val.json").write_text("[]")
    again = make_model().val(name="broken", **settings)
    assert dict(again.coco) == dict(labels.coco)
    assert "annotations are not used, the labels are: " in log.getvalue()


@pytest.mark.slow
def test_single_class_and_chosen_classes(data: Path, tmp_path: Path) -> None:
    settings = {"data": str(data), "project": str(tmp_path), "save_json": True, **QUICK}
    single = make_model().val(single_cls=True, name="single", **settings)
    assert single.coco.objects == {"item": 15}
    assert list(single.coco.values()) == pytest.approx(directly(tmp_path / "single"), abs=1e-12)
    chosen = make_model().val(classes=[1], name="chosen", **settings)
    assert chosen.coco.objects == {"first": 0, "second": 6}
    assert chosen.coco.per_class["first"]["AP"] == -1


@pytest.mark.slow
def test_a_model_may_know_more_classes_than_the_data_set(data: Path, tmp_path: Path) -> None:
    settings = {"data": str(data), "project": str(tmp_path), "save_json": True, "conf": 0.3, **QUICK}
    metrics = make_model(classes=80).val(name="run", **settings)
    host = json.loads((tmp_path / "run/predictions.json").read_text())
    assert {row["category_id"] for row in host} - {1, 2}
    assert metrics.coco.detections == sum(row["category_id"] in (1, 2) for row in host)
    assert metrics.coco.objects.keys() == {"first", "second"}


def test_no_detections_are_zeros(data: Path, tmp_path: Path) -> None:
    metrics = make_model().val(data=str(data), project=str(tmp_path), conf=0.999, **QUICK)
    assert (metrics.coco["AP"], metrics.coco.detections) == (0, 0)


@pytest.mark.long
@pytest.mark.parametrize("where", ["add", "finish"])
def test_a_fault_of_ours_is_one_line(
    data: Path, tmp_path: Path, log: io.StringIO, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(Collector, where, broken)
    metrics = make_model().val(data=str(data), project=str(tmp_path), **QUICK)
    assert "metrics/mAP50(B)" in metrics.results_dict
    assert not hasattr(metrics, "coco")
    lines = [line for line in log.getvalue().splitlines() if "yolo-slice" in line]
    assert any("RuntimeError: broken on purpose" in line for line in lines)
    assert not list(tmp_path.rglob("coco_metrics.*"))


@pytest.mark.long
def test_an_unknown_engine_is_said_and_the_other_one_serves(
    data: Path, tmp_path: Path, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(validation_hook.SWITCH, "cocoapi")
    make_model().val(data=str(data), project=str(tmp_path), **QUICK)
    assert "engine 'cocoapi' is unknown; there are pycocotools, faster-coco-eval" in log.getvalue()
    pytest.importorskip("faster_coco_eval", reason="faster-coco-eval is not installed")
    monkeypatch.setenv(validation_hook.SWITCH, "faster-coco-eval")
    assert make_model().val(data=str(data), project=str(tmp_path), **QUICK).coco.engine == "faster-coco-eval"


@pytest.mark.long
def test_segmentation_models_get_the_numbers_of_their_boxes(data: Path, tmp_path: Path) -> None:
    for file in (data.parent / "labels").rglob("*.txt"):
        rows = [list(map(float, row.split())) for row in file.read_text().splitlines()]
        sides = [(int(k), x - w / 2, y - h / 2, x + w / 2, y + h / 2) for k, x, y, w, h in rows]
        corners = [f"{k} {x} {y} {right} {y} {right} {below} {x} {below}\n" for k, x, y, right, below in sides]
        file.write_text("".join(corners))
    model = make_model("yolov8n-seg.yaml")
    metrics = model.val(data=str(data), project=str(tmp_path), conf=0.4, **QUICK)
    assert metrics.coco.images == 6
    assert sum(metrics.coco.objects.values()) == 15
    assert metrics.coco.detections > 0


@pytest.mark.long
def test_the_hook_is_live_and_leaves_the_validator_as_it_was(data: Path, tmp_path: Path) -> None:
    assert hasattr(BaseValidator.__call__, "yolo_slice_stock")
    seen = []
    model = make_model()
    model.add_callback("on_val_end", lambda validator: seen.append(validator))
    model.val(data=str(data), project=str(tmp_path), **QUICK)
    assert "update_metrics" not in vars(seen[0])


@pytest.mark.slow
def test_training_measures_once_and_keeps_its_columns(
    data: Path, tmp_path: Path, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    monkeypatch.setattr(Collector, "finish", lambda *a, stock=Collector.finish: calls.append(1) or stock(*a))
    columns = {}
    for switch in ("", "off"):
        monkeypatch.setenv(validation_hook.SWITCH, switch)
        model = YOLO("yolov8n-slice.yaml")
        metrics = model.train(
            data=str(data), project=str(tmp_path), name=f"run{switch}", epochs=2, amp=False, seed=0, **QUICK
        )
        columns[switch] = (tmp_path / f"run{switch}/results.csv").read_text().splitlines()[0]
        assert hasattr(metrics, "coco") is (switch == "")
    assert len(calls) == 1
    assert columns[""] == columns["off"]
    assert (tmp_path / "run/coco_metrics.json").is_file()
    assert not (tmp_path / "runoff/coco_metrics.json").exists()


@pytest.mark.slow
def test_coco128(real_data: Path, tmp_path: Path) -> None:
    """With the annotations; and of the same detections with the labels alone, as the hook has them without."""
    root = tmp_path / "coco128"
    shutil.copytree(real_data / "coco128", root)
    settings = {**yaml.safe_load((root / "coco128.yaml").read_text()), "path": str(root)}
    settings["annotations"] = {"val": "annotations/instances_coco128.json"}
    (root / "data.yaml").write_text(yaml.safe_dump(settings))
    weights = YOLO(real_data / "weights/yolov8n_dq.pt")
    run = {"project": str(tmp_path), "name": "run", "save_json": True, "imgsz": 320, "workers": 0, "plots": False}
    metrics = weights.val(data=str(root / "data.yaml"), **run)
    assert metrics.coco.area == "segmentation area"
    assert (round(metrics.coco["AP"], 3), round(metrics.coco["AP_S"], 3)) == (0.386, 0.139)
    assert list(metrics.coco.values()) == pytest.approx(directly(tmp_path / "run"), abs=1e-9)
    truth = labels_as_coco(root, tmp_path / "run")
    labels = evaluate_coco(truth, tmp_path / "run/coco_predictions.json")
    assert (round(labels["AP"], 3), round(labels["AP_S"], 3)) == (0.384, 0.107)
    assert list(labels.values()) == pytest.approx(directly(tmp_path / "run", truth), abs=1e-6)


GATHER = """
import sys
import numpy as np
import torch.distributed as dist
from yolo_slice.integration.validation.collector import Collector

rank = int(sys.argv[1])
dist.init_process_group("gloo", init_method=f"file://{sys.argv[2]}", rank=rank, world_size=2)
collector = Collector()
collector.wh[f"{rank}.jpg"] = (10 + rank, 20)
collector.found[f"{rank}.jpg"] = np.full((rank + 1, 6), rank, np.float32)
collector.gather(rank)
if rank == 0:
    print(sorted(collector.wh.items()), {name: rows.tolist() for name, rows in sorted(collector.found.items())})
dist.destroy_process_group()
"""


@pytest.mark.slow
def test_several_processes_are_gathered(tmp_path: Path) -> None:
    commands = [[sys.executable, "-c", GATHER, str(rank), str(tmp_path / "meeting")] for rank in (0, 1)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    out = [process.communicate(timeout=120)[0] for process in running]
    rows = {"0.jpg": [[0.0] * 6], "1.jpg": [[1.0] * 6] * 2}
    assert out == [f"{[('0.jpg', (10, 20)), ('1.jpg', (11, 20))]} {rows}\n", ""]


@pytest.mark.long
def test_side_files_of_a_conversion_count_unless_classes_are_chosen(data: Path, tmp_path: Path) -> None:
    settings = {"data": str(data), "project": str(tmp_path), **QUICK}
    labels = make_model().val(name="labels", **settings)
    lines = []
    for image in sorted((data.parent / "images/val").rglob("*.png")):
        h, w = cv2.imread(str(image)).shape[:2]
        crowd = {"name": "first", "xyxy": [1, 1, w, h], "difficult": False, "crowd": True, "pose": "Left"}
        place = image.relative_to(data.parent).as_posix()
        lines.append(json.dumps({"image": place, "width": w, "height": h, "objects": [crowd]}))
    (data.parent / "annotations").mkdir()
    (data.parent / "annotations/val.jsonl").write_text("\n".join(lines))
    metrics = make_model().val(name="side", **settings)
    assert metrics.coco.objects == labels.coco.objects  # crowds are not counted, the labels' own objects are
    assert metrics.coco["AP"] > labels.coco["AP"]  # what finds a part of a crowd is no longer wrong
    source = json.loads((tmp_path / "side/coco_metrics.json").read_text())["ground_truth"]
    assert source == f"labels and side files of {data.parent / 'annotations'}"
    make_model().val(name="chosen", classes=[0, 1], **settings)
    assert json.loads((tmp_path / "chosen/coco_metrics.json").read_text())["ground_truth"] == "labels"
