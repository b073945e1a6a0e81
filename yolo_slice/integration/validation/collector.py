"""Keeps the predictions that pass through a validator of Ultralytics, in full precision."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yolo_slice.errors import SliceError
from yolo_slice.integration.data.data_yaml import find_annotations
from yolo_slice.integration.log import warn
from yolo_slice.integration.validation.record import ValidationRecord

BOX_TASKS = ("detect", "segment", "pose")  # their predictions are, or have, upright boxes
SETTINGS = (
    "model",
    "data",
    "split",
    "task",
    "imgsz",
    "batch",
    "conf",
    "iou",
    "max_det",
    "rect",
    "augment",
    "single_cls",
)


@dataclass(slots=True)
class Collector:
    """Keeps what each image gave: its size and (N, 6) float32 of corners in pixels, confidence and class."""

    wh: dict[str, tuple[int, int]] = field(default_factory=dict)
    found: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def add(self, validator: Any, preds: Sequence[Mapping[str, Any]], batch: Mapping[str, Any]) -> None:
        """Keep the predictions of a batch, scaled to the images."""
        import torch

        for si, pred in enumerate(preds):
            file, (height, width) = str(batch["im_file"][si]), batch["ori_shape"][si]
            frame = {"imgsz": batch["img"].shape[2:], "ori_shape": (height, width), "ratio_pad": batch["ratio_pad"][si]}
            boxes = _scale(validator, pred, frame)
            columns = torch.cat((boxes, pred["conf"][:, None].to(boxes), pred["cls"][:, None].to(boxes)), dim=1)
            self.wh[file] = (int(width), int(height))
            self.found[file] = columns.float().cpu().numpy()

    def gather(self, rank: int) -> None:
        """In a training on several GPUs, give everything to the first process; each has seen a part of the images."""
        from torch import distributed

        if rank == -1 or not distributed.is_initialized():
            return
        parts: list[Any] | None = [None] * distributed.get_world_size() if rank == 0 else None
        distributed.gather_object((self.wh, self.found), parts, dst=0)
        for wh, found in parts or []:
            self.wh |= wh
            self.found |= found

    def finish(self, validator: Any) -> ValidationRecord:
        """Put the detections beside the labels of the validator's data set.

        Raises:
            SliceError: If the validator has not seen the images of its data set.
        """
        labels = {str(label["im_file"]): label for label in validator.dataloader.dataset.labels}
        if not labels or labels.keys() != self.wh.keys():
            raise SliceError(f"{len(self.wh)} of {len(labels)} images were seen")
        files = sorted(labels, key=Path)  # the order decides between equal scores, and must not depend on rect=
        names = list(validator.data["names"].values())[: len(validator.names)]
        label_counts = [len(labels[file]["cls"]) for file in files]
        found = np.concatenate([self.found[file] for file in files])
        args = validator.args
        return ValidationRecord(
            images=tuple(map(Path, files)),
            wh=np.array([self.wh[file] for file in files], dtype=np.float64),
            names=("item",) if args.single_cls else tuple(str(name) for name in names),
            root=Path(validator.data.get("path") or "."),
            split=args.split or "val",
            annotations=find_annotations(validator.data, args.split or "val"),
            kept=None if args.classes is None else tuple(np.atleast_1d(args.classes).tolist()),
            is_single=bool(args.single_cls),
            label_image=np.repeat(np.arange(len(files)), label_counts),
            label_class=np.concatenate([labels[file]["cls"].reshape(-1) for file in files]).astype(np.int64),
            label_xywhn=np.concatenate([labels[file]["bboxes"].reshape(-1, 4) for file in files]).astype(np.float64),
            found_image=np.repeat(np.arange(len(files)), [len(self.found[file]) for file in files]),
            found_class=found[:, 5].astype(np.int64),
            found_xyxy=found[:, :4].astype(np.float64),
            found_score=found[:, 4].astype(np.float64),
            folder=Path(validator.save_dir),
            settings={key: _plain(getattr(args, key, None)) for key in SETTINGS},
        )


@contextmanager
def collecting(validator: Any) -> Iterator[Collector]:
    """Keep the predictions that pass through a validator's `update_metrics`, Ultralytics' own method, while it runs."""
    collector, stock = Collector(), validator.update_metrics
    faults: list[Exception] = []

    def update_metrics(preds: Any, batch: Mapping[str, Any]) -> None:
        stock(preds, batch)
        try:
            if not faults:
                collector.add(validator, preds, batch)
        except Exception as fault:  # a version or a model that we do not know must not break the validation
            faults.append(fault)

    validator.update_metrics = update_metrics
    try:
        yield collector
    finally:
        del validator.update_metrics
    for fault in faults:
        warn(f"COCO's numbers: predictions could not be kept ({type(fault).__name__}: {fault})")


def _scale(validator: Any, pred: Mapping[str, Any], frame: Mapping[str, Any]) -> Any:
    """Scale boxes from the network's image to the original; masks and keypoints are left out, which costs much less."""
    from ultralytics.models.yolo.detect.val import DetectionValidator

    scale = type(validator).scale_preds if validator.args.task == "detect" else DetectionValidator.scale_preds
    return scale(validator, {"bboxes": pred["bboxes"]}, frame)["bboxes"]


def _plain(value: Any) -> Any:
    """Write a setting as JSON can hold it."""
    return value if isinstance(value, (bool, int, float, str, list, type(None))) else str(value)
