"""What is called after every validation of a model with upright boxes: `yolo val`, and the last one of `yolo train`."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from yolo_slice.integration.log import inform_once, warn
from yolo_slice.integration.replacing import Function, replace
from yolo_slice.integration.validation.collector import BOX_TASKS, Collector, collecting
from yolo_slice.integration.validation.record import ValidationRecord

# (what was found, save_json=) -> numbers, kept as `validator.metrics.coco`, and their table for the log
Measure = Callable[[ValidationRecord, bool], tuple[Any, str]]


def after_validation(validator: ModuleType, is_wanted: Callable[[], bool], measure: Measure) -> None:
    """Make `ultralytics.engine.validator.BaseValidator` report COCO's numbers; not in the epochs of a training.

    Args:
        validator: The module, after it has run.
        is_wanted: Asked before every validation.
        measure: Called after it, in the first process of a training on several GPUs.
    """

    def wrap(stock: Function) -> Function:
        def call(self: Any, trainer: Any = None, model: Any = None, **kwargs: Any) -> Any:
            if trainer is not None or not is_wanted() or not _has_upright_boxes(self):
                return stock(self, trainer, model, **kwargs)
            with collecting(self) as collector:
                result = stock(self, trainer, model, **kwargs)
            _report(self, collector, measure)
            return result

        return call

    replace(validator.BaseValidator, "__call__", wrap)


def _has_upright_boxes(validator: Any) -> bool:
    """Judge by the task, too: validators without boxes (semantic, depth) are subclasses of the one for detection."""
    from ultralytics.models.yolo.detect.val import DetectionValidator

    if validator.args.task == "obb":
        inform_once("COCO's numbers are those of upright boxes; not measured for task obb")
    return isinstance(validator, DetectionValidator) and validator.args.task in BOX_TASKS


def _report(validator: Any, collector: Collector, measure: Measure) -> None:
    from ultralytics.utils import LOGGER, RANK

    try:
        collector.gather(RANK)
        if RANK in (-1, 0):
            metrics, table = measure(collector.finish(validator), bool(validator.args.save_json))
            validator.metrics.coco = metrics
            LOGGER.info(table)
    except Exception as fault:  # a fault of ours must not break the validation, nor hide that numbers are missing
        warn(f"COCO's numbers were not measured ({type(fault).__name__}: {fault})")
