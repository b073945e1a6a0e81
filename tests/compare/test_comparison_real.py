"""A training of Ultralytics, interrupted between its results.csv and its checkpoint, resumed, and compared."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image
from run_maker import TINY

from yolo_slice.compare.comparison import compare
from yolo_slice.compare.runs import METRICS, read_run


def make_data(folder: Path) -> Path:
    random = np.random.default_rng(0)
    for split in ("train", "val"):
        (folder / "images" / split).mkdir(parents=True)
        (folder / "labels" / split).mkdir(parents=True)
        for i in range(4):
            pixels = random.integers(0, 255, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / "images" / split / f"{i}.png")
            (folder / "labels" / split / f"{i}.txt").write_text("0 0.5 0.5 0.6 0.6\n")
    data = {"path": str(folder), "train": "images/train", "val": "images/val", "names": {0: "a", 1: "b"}}
    (folder / "data.yaml").write_text(yaml.safe_dump(data))
    return folder / "data.yaml"


@pytest.mark.slow
def test_an_interrupted_and_resumed_training_is_a_seed_of_its_model(tmp_path: Path) -> None:
    from ultralytics import YOLO

    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(TINY))
    settings: dict[str, Any] = {"data": str(make_data(tmp_path / "data")), "epochs": 3, "imgsz": 32, "batch": 4}
    settings |= {"workers": 0, "plots": False, "amp": False, "device": "cpu", "project": str(tmp_path / "runs")}

    def interrupt(trainer: Any) -> None:
        def save_model() -> None:
            raise KeyboardInterrupt

        if trainer.epoch == 1:
            trainer.save_model = save_model

    YOLO(tmp_path / "tiny.yaml").train(**settings, name="a", seed=0)
    model = YOLO(tmp_path / "tiny.yaml")
    model.add_callback("on_train_epoch_end", interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.train(**settings, name="b", seed=1)
    folders = [tmp_path / "runs" / name for name in ("a", "b")]
    unfinished = read_run(folders[1])
    assert (unfinished.last.epoch, unfinished.is_unfinished) == (2, True)
    YOLO(folders[1] / "weights" / "last.pt").train(resume=True)

    runs = [read_run(folder) for folder in folders]
    assert [run.curves.epochs for run in runs] == [(1, 2, 3)] * 2
    assert not any(run.is_unfinished for run in runs)
    assert "line 4 starts epoch 2 again; 1 older row(s) from there left out" in runs[1].findings
    comparison = compare(runs)
    assert [(model.label, len(model.runs)) for model in comparison.models] == [("tiny", 2)]
    assert comparison.notes[0].startswith(f"{folders[1].as_posix()}: resumed, and Ultralytics forgets")
    for run in runs:  # Ultralytics' own rule, on its own file
        fitness = run.curves.columns[METRICS["mAP50-95"]]
        assert run.best.epoch == max(range(3), key=lambda row: (fitness[row], row)) + 1
        assert (run.ap_small, run.ap_area) == (pytest.approx(0, abs=0.2), "box area")  # left by the end of the training
        assert run.best.values["mAP50-95"] == pytest.approx(max(fitness), abs=1e-5)
