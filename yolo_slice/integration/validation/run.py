"""Runs Ultralytics' validation of a model and keeps what it found."""

from pathlib import Path
from typing import Any

from yolo_slice.errors import SliceError
from yolo_slice.integration.validation.collector import BOX_TASKS, collecting
from yolo_slice.integration.validation.record import ValidationRecord


class _Run:
    """Stands in for a validator in `YOLO.val`: makes the stock one, and keeps the predictions that pass through it."""

    def __init__(self, validator_class: Any, args: dict[str, Any], callbacks: Any) -> None:
        self.validator = validator_class(args=args, _callbacks=callbacks)
        self.record: ValidationRecord | None = None

    @property
    def metrics(self) -> Any:
        return self.validator.metrics

    def __call__(self, model: Any) -> None:
        stock = type(self.validator).__call__
        stock = getattr(stock, "yolo_slice_stock", stock)
        with collecting(self.validator) as collector:
            stock(self.validator, model=model)
        self.record = collector.finish(self.validator)


def validate(model: str | Path, task: str | None = None, **settings: Any) -> tuple[ValidationRecord, dict[str, float]]:
    """Validate a detector as `yolo val` does, without its plots and JSON.

    Args:
        model: Weights, or an exported model.
        task: Of an exported model, which Ultralytics otherwise guesses from its name.
        **settings: Settings of `yolo val`; None leaves one at its default.

    Returns:
        What was found, and Ultralytics' own numbers.

    Raises:
        SliceError: If Ultralytics cannot validate it.
    """
    from ultralytics import YOLO

    runs: list[_Run] = []

    def make(args: dict[str, Any], _callbacks: Any) -> _Run:
        runs.append(_Run(yolo.task_map[yolo.task]["validator"], args, _callbacks))
        return runs[-1]

    chosen = {key: value for key, value in settings.items() if value is not None}
    try:
        yolo = YOLO(str(model), task=task)
        if yolo.task not in BOX_TASKS:
            raise SliceError(f"{model} is for task {yolo.task}, which has no upright boxes to evaluate")
        metrics = yolo.val(validator=make, plots=False, save_json=False, **chosen)
    except SliceError:
        raise
    except Exception as fault:  # a broken model or data set makes Ultralytics, torch or the network fail in any way
        raise SliceError(f"{model}: {type(fault).__name__}: {' '.join(str(fault).split())}") from fault
    if runs[-1].record is None:
        raise SliceError(f"{model}: Ultralytics' validation gave nothing")
    return runs[-1].record, dict(metrics.results_dict)
