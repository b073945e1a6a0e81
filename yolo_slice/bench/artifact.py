"""The files that are measured: weights, and what `yolo export` makes of them, in the benchmark's own folder."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ultralytics import YOLO

from yolo_slice.bench.runtime import Conditions, Runtime
from yolo_slice.errors import SliceError, one_line
from yolo_slice.integration.model_files.building import summary_gflops
from yolo_slice.integration.validation.run import validate

MAIN = "metrics/mAP50-95(B)"


@dataclass(frozen=True, slots=True)
class Model:
    """A model that is measured.

    Attributes:
        label: Its short name.
        folder: Of its files.
        weights: Its checkpoint; of a model file one with random weights.
        task: Ultralytics' name of what it does.
        parameters: Number of them, before fusing.
        gflops: Of one image of 640 x 640 pixels, as Ultralytics counts; None where it cannot.
    """

    label: str
    folder: Path
    weights: Path
    task: str
    parameters: int
    gflops: float | None


def open_model(given: str, label: str, folder: Path) -> Model:
    """Open weights, or build a model file and keep its random weights.

    Args:
        given: What the user wrote.
        label: Its short name.
        folder: For its files.

    Raises:
        SliceError: If Ultralytics cannot.
    """
    try:
        yolo: Any = YOLO(given)
        weights = Path(str(yolo.ckpt_path)) if yolo.ckpt else folder / f"{Path(given).stem}-random.pt"
        if not yolo.ckpt:
            folder.mkdir(parents=True, exist_ok=True)
            yolo.save(weights)
        parameters = sum(parameter.numel() for parameter in yolo.model.parameters())
        return Model(label, folder, weights, str(yolo.task), parameters, summary_gflops(yolo.model) or None)
    except SliceError:
        raise
    except Exception as fault:  # a broken model or the network makes Ultralytics fail in any way
        raise SliceError(one_line(f"model={given}: {type(fault).__name__}: {fault}")) from fault


def export(model: Model, runtime: Runtime, conditions: Conditions, words: Mapping[str, Any]) -> Path:
    """Make the file that a runtime loads.

    Args:
        model: Of which.
        runtime: For which.
        conditions: Exports have a fixed size and batch.
        words: Further arguments of `yolo export`.

    Returns:
        A file or a folder, as Ultralytics makes it; where the weights themselves run, they.

    Raises:
        SliceError: If Ultralytics cannot.
    """
    if not runtime.export:
        return model.weights
    place = model.folder / f"batch{conditions.batch}"
    place.mkdir(parents=True, exist_ok=True)
    copy = place / model.weights.name  # Ultralytics writes beside the weights
    shutil.copyfile(model.weights, copy)
    half = {"half": True} if conditions.half and conditions.on_gpu else {}
    chosen = {"imgsz": conditions.imgsz, "batch": conditions.batch, "device": conditions.device, **half, **words}
    try:
        return Path(str(YOLO(copy).export(format=runtime.export, **chosen)))
    except Exception as fault:  # so do converters
        raise SliceError(one_line(f"export failed: {type(fault).__name__}: {fault}")) from fault
    finally:
        copy.unlink(missing_ok=True)


def size_mb(file: Path) -> float:
    """Return the size of a file, or of all files in a folder."""
    files = [file] if file.is_file() else [each for each in file.rglob("*") if each.is_file()]
    return sum(each.stat().st_size for each in files) / 1e6


def validated_ap(file: Path, model: Model, runtime: Runtime, data: str, conditions: Conditions) -> float:
    """Return mAP50-95 of a model's file by Ultralytics' validation, in the precision in which it is timed.

    Raises:
        SliceError: If it cannot be validated.
    """
    chosen = {"imgsz": conditions.imgsz, "batch": conditions.batch, "device": conditions.device, "workers": 0}
    chosen |= {"half": True} if conditions.half else {}
    with tempfile.TemporaryDirectory() as folder, runtime.as_timed(conditions):
        _, numbers = validate(file, model.task, data=data, project=folder, verbose=False, **chosen)
    return numbers[MAIN]
