"""What a training run's checkpoint knows about the run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yolo_slice.errors import SliceError
from yolo_slice.integration.model_files.building import summary_gflops

FINISHED = -1  # the epoch that Ultralytics writes into both checkpoints when a training has ended


@dataclass(frozen=True, slots=True)
class CheckpointFacts:
    """Facts of one checkpoint.

    Attributes:
        architecture: Name of the model file that its network was built from, with the scale: `yolov8n-slice.yaml`.
        params: Number of parameters, before fusing.
        gflops: Of one image of 640 x 640 pixels, as Ultralytics counts; 0 where it cannot.
        is_finished: Whether Ultralytics has ended the training (all epochs, `patience` or `time`).
        settings: The training's settings, `auto` resolved to what was chosen.
        metrics: Validation of exactly these weights during training, named as in `results.csv`.
        version: Ultralytics' version that wrote it.
    """

    architecture: str
    params: int
    gflops: float
    is_finished: bool
    settings: Mapping[str, Any]
    metrics: Mapping[str, float]
    version: str


def read_checkpoint(file: Path) -> CheckpointFacts:
    """Read a checkpoint of `yolo train`.

    Raises:
        SliceError: If it is none, or cannot be read.
    """
    from ultralytics import YOLO

    try:
        model: Any = YOLO(str(file))
        checkpoint, network = model.ckpt, model.model
        return CheckpointFacts(
            architecture=Path(str(network.yaml.get("yaml_file", file.name))).name,
            params=sum(p.numel() for p in network.parameters()),
            gflops=summary_gflops(network),
            is_finished=checkpoint.get("epoch") == FINISHED,
            settings=checkpoint.get("train_args") or {},
            metrics=checkpoint.get("train_metrics") or {},
            version=str(checkpoint.get("version") or "unknown"),
        )
    except SliceError:
        raise
    except Exception as error:  # unpickling runs foreign code, and a file cut short fails in many ways
        reason = " ".join(str(error).split())
        raise SliceError(f"{file}: not a readable checkpoint ({type(error).__name__}: {reason})") from error
