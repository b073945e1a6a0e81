"""Runs the host's validation of a model and keeps what it found."""

from pathlib import Path
from typing import Any

from yolo_slice.errors import SliceError
from yolo_slice.integration.hooks.validation import collecting
from yolo_slice.integration.validation.validated import Validated


class _Run:
    """Stands in for a validator in `YOLO.val`: makes the stock one, and keeps the predictions that pass through it."""

    def __init__(self, validator_class: Any, args: dict[str, Any], callbacks: Any) -> None:
        self.validator = validator_class(args=args, _callbacks=callbacks)
        self.validated: Validated | None = None

    @property
    def metrics(self) -> Any:
        return self.validator.metrics

    def __call__(self, model: Any) -> None:
        stock = type(self.validator).__call__
        stock = getattr(stock, "yolo_slice_stock", stock)
        with collecting(self.validator) as collector:
            stock(self.validator, model=model)
        self.validated = collector.finish(self.validator)


def validate(model: str | Path, **settings: Any) -> tuple[Validated, dict[str, float]]:
    """Validate a detector as `yolo val` does, without its plots and JSON.

    Args:
        model: Weights, or an exported model.
        **settings: Settings of `yolo val`; None leaves one at the host's default.

    Returns:
        What was found, and the host's own numbers.

    Raises:
        SliceError: If the host cannot validate it.
    """
    from ultralytics import YOLO

    runs: list[_Run] = []

    def make(args: dict[str, Any], _callbacks: Any) -> _Run:
        runs.append(_Run(yolo.task_map[yolo.task]["validator"], args, _callbacks))
        return runs[-1]

    chosen = {key: value for key, value in settings.items() if value is not None}
    try:
        yolo = YOLO(str(model))
        if yolo.task not in ("detect", "segment", "pose"):
            raise SliceError(f"{model} is for task {yolo.task}, which has no upright boxes to evaluate")
        metrics = yolo.val(validator=make, plots=False, save_json=False, **chosen)
    except SliceError:
        raise
    except Exception as fault:  # a broken model or data set makes the host, torch or the network fail in any way
        raise SliceError(f"{model}: {type(fault).__name__}: {' '.join(str(fault).split())}") from fault
    if runs[-1].validated is None:
        raise SliceError(f"{model}: the host's validation gave nothing")
    return runs[-1].validated, dict(metrics.results_dict)
