"""What a cell starts from: a model file, a checkpoint, or a converted checkpoint that is made once for all seeds."""

import json
import time
from pathlib import Path

from yolo_slice.atomic_file import write_whole
from yolo_slice.study.cell import Cell
from yolo_slice.study.claim import take_claim
from yolo_slice.study.protocol import Protocol

WAIT_S = 2.0


def prepare_start(cell: Cell, protocol: Protocol, device: str) -> str:
    """Return the model file or checkpoint that a cell starts from, converted first if its arm says so.

    Cells of other processes that need the same conversion wait for it.

    Raises:
        SliceError: If the conversion fails.
    """
    arm, file = protocol.arms[cell.arm], cell.start_file
    if not arm.convert:
        return arm.model
    folder = file.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    while not file.is_file():
        claim = take_claim(folder)
        if claim is None:
            time.sleep(WAIT_S)
            continue
        with claim.kept(lambda: None, lambda: None):
            if not file.is_file():
                _convert(cell, protocol, device, file)
    return str(file)


def _convert(cell: Cell, protocol: Protocol, device: str, file: Path) -> None:
    """Convert as `yolo-slice convert` does, calibrated on the training images at the size that is trained at."""
    from yolo_slice.transfer import convert_weights

    arm, begin = protocol.arms[cell.arm], time.monotonic()
    imgsz = protocol.train.get("imgsz", 640)
    size = {"imgsz": imgsz} if isinstance(imgsz, int) else {}
    convert_weights(arm.model, arm.convert, protocol.data[cell.data], file, device, **size)  # pyright: ignore[reportArgumentType]
    seconds = round(time.monotonic() - begin, 1)
    write_whole(file.with_suffix(".json"), json.dumps({"model": Path(arm.model).name, "seconds": seconds}))
    print(f"{file.stem}: converted in {seconds:.0f} s", flush=True)
