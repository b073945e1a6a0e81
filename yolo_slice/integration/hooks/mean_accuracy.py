"""mAcc beside mIoU: the mean over classes of the share of their pixels that is found, in every semantic validation."""

from types import ModuleType
from typing import Any

from yolo_slice.integration.replacing import Function, replace

KEY = "metrics/mAcc"


def patch(val: ModuleType) -> None:
    """Make `SemanticSegmentationValidator` measure mAcc: in its table, in results.csv and in what `val()` returns.

    An Ultralytics that has it by itself is left alone.

    Args:
        val: `ultralytics.models.yolo.semantic.val`, after it has run.
    """
    metrics: Any = val.SemanticMetrics
    stock_keys = metrics.keys.fget
    if KEY in stock_keys(metrics()):
        return
    metrics.mean_accuracy = property(mean_accuracy)
    metrics.keys = property(lambda self: [*stock_keys(self), KEY])
    replace(metrics, "mean_results", lambda stock: lambda self: [*stock(self), mean_accuracy(self)])
    replace(metrics, "class_result", _with_own_accuracy)
    replace(val.SemanticSegmentationValidator, "get_desc", lambda stock: lambda self: stock(self) + f"{'mAcc':>11}")


def mean_accuracy(metrics: Any) -> float:
    """Return the mean accuracy of the classes that have pixels; 0 if none has. Of one class it is that one's."""
    present = metrics.ap_class_index
    return float(metrics.per_class_pixel_accuracy[present].mean()) if present else 0.0


def _with_own_accuracy(stock: Function) -> Function:
    """Give a class's row of the table as many numbers as its head has: a class's part of mAcc is its accuracy."""

    def class_result(self: Any, i: int) -> list[float]:
        iou, accuracy, *_ = stock(self, i)
        return [iou, accuracy, accuracy]

    return class_result
