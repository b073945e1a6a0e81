"""Derived models by name: `yolo26n-seg-slice.yaml` needs no file."""

from pathlib import Path
from types import ModuleType
from typing import Any

from yolo_slice.integration.model_files.derived import load_or_derive
from yolo_slice.integration.replacing import Function, replace


def patch(tasks: ModuleType) -> None:
    """Make `ultralytics.nn.tasks.yaml_model_load` derive the models for which there is no file."""

    def wrap(stock: Function) -> Function:
        def yaml_model_load(path: str | Path) -> dict[str, Any]:
            return load_or_derive(stock, Path(path))

        return yaml_model_load

    replace(tasks, "yaml_model_load", wrap)
