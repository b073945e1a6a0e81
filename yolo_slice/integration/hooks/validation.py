"""COCO's numbers after every validation of a detector: `yolo val`, and the last one of `yolo train`."""

import importlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from yolo_slice.integration.hooks.replacing import Function, replace
from yolo_slice.integration.log import inform, warn
from yolo_slice.integration.validation.validated import Collector

SWITCH = "YOLO_SLICE_COCO"  # "off", or the engine: pycocotools (default) or faster-coco-eval


def patch(validator: ModuleType) -> None:
    """Make `ultralytics.engine.validator.BaseValidator` report COCO's numbers; not in the epochs of a training."""

    def wrap(stock: Function) -> Function:
        def call(self: Any, trainer: Any = None, model: Any = None, **kwargs: Any) -> Any:
            if trainer is not None or not _is_measured(self):
                return stock(self, trainer, model, **kwargs)
            with collecting(self) as collector:
                result = stock(self, trainer, model, **kwargs)
            _report(self, collector)
            return result

        return call

    replace(validator.BaseValidator, "__call__", wrap)


@contextmanager
def collecting(validator: Any) -> Iterator[Collector]:
    """Keep the predictions that pass through a validator's `update_metrics`, the host's own method, while it runs."""
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


def _is_measured(validator: Any) -> bool:
    from ultralytics.models.yolo.detect.val import DetectionValidator

    if os.environ.get(SWITCH, "").strip().lower() in {"off", "0", "false", "no"}:
        return False
    if isinstance(validator, DetectionValidator) and validator.args.task == "obb":
        inform("COCO's numbers are those of upright boxes; not measured for task obb")
        return False
    return isinstance(validator, DetectionValidator)


def _report(validator: Any, collector: Collector) -> None:
    from ultralytics.utils import LOGGER, RANK

    try:
        collector.gather(RANK)
        if RANK in (-1, 0):
            # By name, because imports point downwards: the host extension does not know the evaluation's insides.
            report = importlib.import_module("yolo_slice.metrics.after_validation").report
            engine = os.environ.get(SWITCH, "").strip() or "pycocotools"
            metrics, table = report(collector.finish(validator), engine, bool(validator.args.save_json))
            validator.metrics.coco = metrics
            LOGGER.info(table)
    except Exception as fault:  # a fault of ours must not break the validation, nor hide that numbers are missing
        warn(f"COCO's numbers were not measured ({type(fault).__name__}: {fault})")
