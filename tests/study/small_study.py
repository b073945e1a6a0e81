"""A study's folder without data: enough for the engine, whose processes are fakes."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from yolo_slice.study.arms import Arm
from yolo_slice.study.cell import Cell, cells_of
from yolo_slice.study.protocol import Protocol, write_protocol

FAKE = Path(__file__).with_name("fake_training.py")


def small_protocol(**changes: Any) -> Protocol:
    protocol = Protocol(
        study="s",
        arms={"a": Arm("yolov5n.yaml"), "b": Arm("yolov8n.yaml")},
        baseline="a",
        data={"d": "d.yaml"},
        seeds=(0, 1),
        train={"epochs": 1},
    )
    return replace(protocol, **changes)


def small_study(root: Path, **changes: Any) -> list[Cell]:
    protocol = small_protocol(**changes)
    write_protocol(root, protocol)
    return cells_of(root, protocol)


def start_fake(cell: Cell, device: str, threads: int, **environment: str) -> subprocess.Popen[bytes]:
    cell.folder.mkdir(parents=True, exist_ok=True)
    with (cell.folder / "log.txt").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, str(FAKE), str(cell.folder), device],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        )


def trained_by(cell: Cell) -> list[str]:
    """Which processes have worked on a cell, and where."""
    file = cell.folder / "trained.txt"
    return file.read_text().splitlines() if file.exists() else []
