"""Runs found and read: whose numbers, which epoch, what is missing."""

import json
from pathlib import Path

import pytest
import torch
from run_maker import HEADER, TINY, add_checkpoint, line, make_run

from yolo_slice.compare.run_folders import find_runs
from yolo_slice.compare.runs import METRICS, read_run, read_runs
from yolo_slice.errors import SliceError
from yolo_slice.integration.weights.checkpoint_facts import read_checkpoint


def metrics_of(map50_95: float) -> dict[str, float]:
    """What Ultralytics keeps in best.pt for the row `line(epoch, map50_95)`."""
    gaps = {"P": 0.4, "R": 0.3, "mAP50": 0.2, "mAP50-95": 0.0}
    return {METRICS[name]: round(map50_95 + gap, 5) for name, gap in gaps.items()}


def test_find_runs_in_folders_globs_and_by_name_once(tmp_path: Path) -> None:
    for name in ("train10", "train2", "train", "other/deep"):
        make_run(tmp_path / "detect" / name)
    (tmp_path / "detect" / "val").mkdir()
    below = ["other/deep", "train", "train2", "train10"]
    assert [p.relative_to(tmp_path / "detect").as_posix() for p in find_runs([tmp_path / "detect"])] == below
    given = [tmp_path / "detect" / "train10", str(tmp_path / "detect" / "train*"), f"{tmp_path}/detect/../detect/train"]
    assert [p.name for p in find_runs(given)] == ["train10", "train", "train2"]
    with pytest.raises(SliceError, match=r"nowhere: no such folder; expected run folders of `yolo train`"):
        find_runs([tmp_path / "nowhere"])


def test_folders_that_cannot_be_compared_are_named_and_left_out(tmp_path: Path) -> None:
    make_run(tmp_path / "good")
    make_run(tmp_path / "starting", text=HEADER)
    make_run(tmp_path / "older")
    (tmp_path / "older" / "args.yaml").unlink()
    make_run(tmp_path / "young")
    (tmp_path / "young" / "results.csv").unlink()
    make_run(tmp_path / "classify", text="epoch,metrics/accuracy_top1\n1,0.5\n")
    make_run(tmp_path / "broken")
    (tmp_path / "broken" / "args.yaml").write_text("a: [", encoding="utf-8")
    make_run(tmp_path / "deep")
    (tmp_path / "deep" / "args.yaml").write_text("a: " + "[" * 10_000, encoding="utf-8")
    make_run(tmp_path / "list")
    (tmp_path / "list" / "args.yaml").write_text("- 1", encoding="utf-8")
    runs, faults = read_runs(find_runs([tmp_path]))
    assert [run.folder.name for run in runs] == ["good"]
    texts = {Path(fault.split(": ")[0]).relative_to(tmp_path).parts[0]: fault for fault in faults}
    assert texts.keys() == {"starting", "older", "young", "classify", "broken", "deep", "list"}
    assert "no whole line of numbers" in texts["starting"]
    assert "no args.yaml" in texts["older"]
    assert "no results.csv" in texts["young"]
    assert "no column 'metrics/precision(B)': not a training that detects boxes" in texts["classify"]
    assert "not YAML" in texts["broken"]
    assert "nested more than 50 deep" in texts["deep"]
    assert "no setting `model`" in texts["list"]
    assert all("\n" not in fault for fault in faults)
    (tmp_path / "val").mkdir()
    with pytest.raises(SliceError, match=r"val: no args\.yaml"):
        read_runs(find_runs([tmp_path / "val"]))
    with pytest.raises(SliceError, match="no run is named"):
        read_runs([])


def test_best_is_what_best_pt_holds(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", fitness=[0.1, 0.2, 0.3])
    add_checkpoint(folder, metrics={**metrics_of(0.2), "val/box_loss": 9.0, "fitness": 0.2})
    run = read_run(folder)
    assert (run.best.epoch, run.best.values) == (2, {"P": 0.6, "R": 0.5, "mAP50": 0.4, "mAP50-95": 0.2})
    assert (run.last.epoch, run.last.values["mAP50-95"]) == (3, 0.3)
    assert run.findings == ("AP_S: no coco_metrics.json in the run's folder",)


def test_numbers_of_best_pt_that_are_in_no_row_keep_their_value(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    add_checkpoint(folder, metrics=metrics_of(0.4))
    run = read_run(folder)
    assert (run.best.epoch, run.best.values["mAP50-95"]) == (None, 0.4)
    assert "best: the numbers that best.pt holds are in no row of results.csv" in run.findings


def test_without_weights_best_is_the_last_epoch_of_the_highest_map(tmp_path: Path) -> None:
    run = read_run(make_run(tmp_path / "run", fitness=[0.1, 0.3, 0.3, 0.2], epochs=4))
    assert (run.best.epoch, run.last.epoch, run.checkpoint) == (3, 4, None)
    assert any(finding.startswith("best: no checkpoint tells") for finding in run.findings)
    rows = [line(1, 0.5) + ",0.1", line(2, 0.4) + ",0.4", line(3, float("nan")) + ",0.1"]
    masks = "\n".join([HEADER + ",metrics/mAP50-95(M)", *rows, ""])
    assert read_run(make_run(tmp_path / "segment", text=masks)).best.epoch == 2  # 0.4 + 0.4 > 0.5 + 0.1


def test_a_broken_checkpoint_is_a_finding(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    add_checkpoint(folder)
    file = folder / "weights" / "best.pt"
    file.write_bytes(file.read_bytes()[:1000])
    run = read_run(folder)
    assert run.checkpoint is None
    found = next(finding for finding in run.findings if "not a readable checkpoint" in finding)
    assert "\n" not in found
    assert found.endswith("parameters, GFLOPs and what `auto` chose are unknown")


def test_a_checkpoint_tells_its_network_and_what_auto_became(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    add_checkpoint(folder, "yolov5s-slice.yaml", settings={"optimizer": "AdamW", "lr0": 0.001667})
    facts = read_checkpoint(folder / "weights" / "best.pt")
    from ultralytics.nn.tasks import DetectionModel

    network = DetectionModel(TINY, verbose=False)
    assert facts.params == sum(p.numel() for p in network.parameters())
    # Convolutions alone, by hand, are a lower bound: 2 x MACs of the two strided layers at 320 and 160 pixels.
    assert facts.gflops * 1e9 > 2 * (320**2 * 8 * 3 * 9 + 160**2 * 8 * 8 * 9)
    assert (facts.architecture, facts.is_finished, facts.version) == ("yolov5s-slice.yaml", True, "8.4.190")
    run = read_run(folder)
    assert run.checkpoint is not None
    assert (run.settings["optimizer"], run.checkpoint.settings["optimizer"]) == ("auto", "AdamW")
    torch.save({"weights": 1}, tmp_path / "x.pt")
    with pytest.raises(SliceError, match=r"x\.pt: not a readable checkpoint"):
        read_checkpoint(tmp_path / "x.pt")


@pytest.mark.parametrize(
    ("epoch", "is_unfinished", "finding"),
    [
        (1, True, "unfinished, 3 of 9 epochs: still running, or interrupted (yolo train resume model="),
        (-1, False, "ended after 3 of 9 epochs, as patience=100, time=None asked"),
    ],
)
def test_shorter_than_asked(tmp_path: Path, epoch: int, is_unfinished: bool, finding: str) -> None:
    folder = make_run(tmp_path / "run", epochs=9)
    add_checkpoint(folder, epoch=epoch)
    run = read_run(folder)
    assert run.is_unfinished is is_unfinished
    assert any(text.startswith(finding) for text in run.findings)


def test_a_run_of_all_epochs_is_finished_without_weights(tmp_path: Path) -> None:
    assert read_run(make_run(tmp_path / "run")).is_unfinished is False
    assert read_run(make_run(tmp_path / "short", epochs=4)).is_unfinished is True


@pytest.mark.parametrize(
    ("text", "value", "area", "finding"),
    [
        (json.dumps({"AP_S": 0.25, "area": "box area"}), 0.25, "box area", None),
        (json.dumps({"AP_S": -1.0, "area": "box area"}), None, "", "AP_S: no small objects in the validation set"),
        (json.dumps({"AP": 0.5}), None, "", "AP_S: no such number in coco_metrics.json (KeyError: 'AP_S')"),
        ("[]", None, "", "AP_S: no such number in coco_metrics.json (TypeError"),
        ("{", None, "", "AP_S: no such number in coco_metrics.json (JSONDecodeError"),
    ],
)
def test_ap_of_small_objects(tmp_path: Path, text: str, value: float | None, area: str, finding: str | None) -> None:
    folder = make_run(tmp_path / "run")
    (folder / "coco_metrics.json").write_text(text, encoding="utf-8")
    run = read_run(folder)
    assert (run.ap_small, run.ap_area) == (value, area)
    found = [text for text in run.findings if text.startswith("AP_S")]
    assert [text[: len(finding or "")] for text in found] == ([finding] if finding else [])
