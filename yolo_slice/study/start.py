"""What a cell starts from: a model file, a checkpoint, or a converted checkpoint that is made once for all seeds."""

import json
import time
from pathlib import Path

from yolo_slice.atomic_file import write_whole
from yolo_slice.study.cell import Cell
from yolo_slice.study.protocol import Protocol
from yolo_slice.write_lock import only_writer


def prepare_start(cell: Cell, protocol: Protocol, device: str) -> str:
    """Return the model file or checkpoint that a cell starts from, converted first if its arm says so.

    Cells of other processes that need the same conversion wait for it.

    Raises:
        SliceError: If the conversion fails.
    """
    arm, file = protocol.arms[cell.arm], cell.start_file
    if not arm.convert:
        return arm.model
    file.parent.mkdir(parents=True, exist_ok=True)
    with only_writer(file, file.with_name(f"{file.name}.turn"), wait=True):
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
    facts = {"model": Path(arm.model).name, "seconds": round(time.monotonic() - begin, 1)}
    write_whole(file.with_suffix(".json"), json.dumps(facts))


def conversion_seconds(cell: Cell) -> float | None:
    """Return how long the conversion took that a cell starts from; None if there was none."""
    try:
        return json.loads(cell.start_file.with_suffix(".json").read_text("utf-8"))["seconds"]
    except (FileNotFoundError, ValueError, KeyError):
        return None
