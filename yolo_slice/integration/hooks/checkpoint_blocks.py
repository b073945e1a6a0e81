"""Checkpoints with blocks of a project: their files are run before the classes in them are looked for."""

import os
from pathlib import Path
from types import ModuleType
from typing import Any

from yolo_slice.integration.model_files.block_key import renew_records
from yolo_slice.integration.replacing import Function, replace
from yolo_slice.integration.weights.needed_blocks import prepare_blocks


def patch(tasks: ModuleType) -> None:
    """Make `ultralytics.nn.tasks.torch_safe_load` find the blocks that a checkpoint needs, or say what is missing."""

    def wrap(stock: Function) -> Function:
        def torch_safe_load(weight: Any, safe_only: bool | None = None, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
            if os.path.isfile(str(weight)):  # noqa: PTH113  Path's complains of names that are too long
                prepare_blocks(Path(str(weight)), safe_only or None)
            given = {} if safe_only is None else {"safe_only": safe_only}
            checkpoint, file = stock(weight, *args, **given, **kwargs)
            _renew(checkpoint)
            return checkpoint, file

        return torch_safe_load

    replace(tasks, "torch_safe_load", wrap)


def _renew(checkpoint: Any) -> None:
    models = [checkpoint.get(key) for key in ("ema", "model")] if isinstance(checkpoint, dict) else []
    for model in models:
        if isinstance(d := getattr(model, "yaml", None), dict):
            renew_records(d)
