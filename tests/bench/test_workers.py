"""Real worker processes: what a broken file, or a process that dies, ends in."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from yolo_slice.bench import workers
from yolo_slice.bench.runtime import Conditions
from yolo_slice.bench.workers import call_worker
from yolo_slice.errors import SliceError


def job(file: Path, **changed: Any) -> dict[str, Any]:
    conditions = asdict(Conditions(1, 64))
    return {"task": "memory", "format": "onnx", "file": str(file), "conditions": conditions, **changed}


def test_a_broken_file_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "broken.onnx"
    file.write_bytes(b"no graph")
    with pytest.raises(SliceError, match=r"broken\.onnx") as caught:
        call_worker(job(file))
    assert "\n" not in str(caught.value)


def test_a_process_that_dies_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "python"
    script.write_text(
        f"#!{sys.executable}\nimport os, sys\nprint('ncnn: bad', file=sys.stderr, flush=True)\nos.abort()"
    )
    script.chmod(0o755)
    monkeypatch.setattr(workers.sys, "executable", str(script))
    with pytest.raises(SliceError, match=r"its process ended by signal 6: ncnn: bad"):
        call_worker(job(tmp_path / "any.onnx"))
