"""What a cell starts from: a model file, or a checkpoint; one that must be made is made once for all seeds."""

import json
import time
from pathlib import Path

from yolo_slice.atomic_file import write_whole
from yolo_slice.study.arms import Arm
from yolo_slice.study.cell import Cell
from yolo_slice.study.protocol import Protocol
from yolo_slice.write_lock import only_writer


def prepare_start(cell: Cell, protocol: Protocol, device: str) -> str:
    """Return the model file or checkpoint that a cell starts from.

    Weights are converted first if the arm says so. Those whose BatchNorms were folded away (exported and dequantised
    ones) get their statistics back, as conversions do: otherwise an arm that is trained as it is would begin with a
    jump that its conversions do not have, and lose to them for that alone. Cells of other processes that need the same
    file wait for it.

    Raises:
        SliceError: If that fails.
    """
    arm, file = protocol.arms[cell.arm], cell.start_file
    if not arm.is_trained:
        return arm.model
    file.parent.mkdir(parents=True, exist_ok=True)
    with only_writer(file, file.with_name(f"{file.name}.turn"), wait=True):
        if not file.is_file() and not _make(arm, protocol, cell.data, device, file):
            return arm.model
    return str(file)


def _make(arm: Arm, protocol: Protocol, data: str, device: str, file: Path) -> bool:
    """Prepare weights on the training images at the size that is trained at; False if they are right as they are."""
    from yolo_slice.transfer import convert_weights
    from yolo_slice.transfer.restoration import restore_weights

    begin, imgsz = time.monotonic(), protocol.train.get("imgsz", 640)
    size = {"imgsz": imgsz} if isinstance(imgsz, int) else {}
    if arm.convert:
        convert_weights(arm.model, arm.convert, protocol.data[data], file, device, **size)  # pyright: ignore[reportArgumentType]
    elif not restore_weights(arm.model, file, protocol.data[data], device, **size):
        return False
    facts = {"model": Path(arm.model).name, "seconds": round(time.monotonic() - begin, 1)}
    write_whole(file.with_suffix(".json"), json.dumps(facts))
    return True


def preparation_seconds(cell: Cell) -> float | None:
    """Return how long it took to make what a cell starts from; None if nothing was made."""
    try:
        return json.loads(cell.start_file.with_suffix(".json").read_text("utf-8"))["seconds"]
    except (FileNotFoundError, ValueError, KeyError):
        return None
