"""A cell's process that trains nothing: the real claim, parent watch and record file round a pause.

`python fake_training.py CELL DEVICE`; FAKE_S says how long it takes, FAKE_FAIL which cells fail, FAKE_DIE which die.
"""

import json
import os
import signal
import sys
import time
from types import ModuleType
from typing import Any

from yolo_slice.study import process
from yolo_slice.study.cell import RECORD, Cell
from yolo_slice.study.protocol import Protocol


class FakeWork:
    def __init__(self, cell: Cell, protocol: Protocol, device: str) -> None:
        self.cell, self.device = cell, device

    def save_meter(self) -> None:
        pass

    def do(self) -> dict[str, Any]:
        with (self.cell.folder / "trained.txt").open("a") as file:
            file.write(f"{os.getpid()} {self.device}\n")
        time.sleep(float(os.environ.get("FAKE_S", "0")))
        if self.cell.title in os.environ.get("FAKE_DIE", "").split(","):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(60)
        is_failing = self.cell.title in os.environ.get("FAKE_FAIL", "").split(",")
        print("the loss is a spoon" if is_failing else "well")
        numbers = {"epoch": 1, "AP": 0.5, "AP50": 0.5, "AP75": 0.5, "AP_S": None, "AP_M": 0.5, "AP_L": 0.5}
        record = {
            "study": "s",
            "data": self.cell.data,
            "arm": self.cell.arm,
            "seed": self.cell.seed,
            "state": "failed" if is_failing else "finished",
            "error": "ValueError: spoon" if is_failing else None,
            "wall_s": 2.0,
            "epochs": [],
            "last": {**numbers, "classes": {}},
            "best": {**numbers, "classes": {}},
        }
        (self.cell.folder / RECORD).write_text(json.dumps(record))
        return record


if __name__ == "__main__":
    module = ModuleType("cell_work")
    vars(module)["CellWork"] = FakeWork
    sys.modules["yolo_slice.study.cell_work"] = module
    sys.exit(process.main(*sys.argv[1:]))
