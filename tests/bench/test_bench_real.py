"""The command, with real models in real runtimes."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.apart
def test_torch_and_onnx(tmp_path: Path) -> None:
    words = "model=yolov5n.yaml,yolov5n-slicesamp.yaml format=torch,onnx imgsz=64 processes=2 rounds=3 layers=True"
    command = [sys.executable, "-m", "yolo_slice.cli", "bench", *words.split(), f"project={tmp_path}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    folder = tmp_path / "bench"
    assert folder.is_dir(), done.stderr
    with (folder / "bench.csv").open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]
    assert [(row["model"], row["format"]) for row in rows] == [
        (model, name) for name in ("torch", "onnx") for model in ("yolov5n", "yolov5n-slicesamp")
    ]
    for row in rows:  # no time is a fact on a machine that others use
        assert row["error"] == ""
        assert row["precision"] == "fp32"
        assert 0 < float(row["median_ms"]) <= float(row["p90_ms"])
        assert 1 < float(row["memory_mb"]) < 2000
    assert done.returncode == (0 if all(row["verdict"] != "INVALID" for row in rows) else 1)
    files = [*(folder / "artifacts").rglob("*.onnx")]
    assert sorted(f"{file.stat().st_size / 1e6}" for file in files) == sorted({row["file_mb"] for row in rows[2:]})
    assert int(rows[0]["parameters"]) > int(rows[1]["parameters"])
    record = json.loads((folder / "bench.json").read_text("utf-8"))
    assert record["layers"]["yolov5n"][1][0] == "Conv"
    assert record["layers"]["yolov5n-slicesamp"][1][0] == "SliceSamp"
    assert str(tmp_path) not in json.dumps(record)
    assert (folder / "bench.md").read_text("utf-8").splitlines()[0] in done.stdout
