"""Model files by name: their own blocks, and derived models; `yolo26n-seg-slice.yaml` needs no file."""

from pathlib import Path
from types import ModuleType
from typing import Any

from yolo_slice.integration.model_files.block_key import with_blocks, with_used
from yolo_slice.integration.model_files.derived import load_or_derive
from yolo_slice.integration.replacing import Function, replace


def patch(tasks: ModuleType) -> None:
    """Make `ultralytics.nn.tasks.yaml_model_load` run the blocks of a model file, and derive models without a file."""

    def wrap(stock: Function) -> Function:
        def yaml_model_load(path: str | Path) -> dict[str, Any]:
            return with_used(load_or_derive(with_blocks(stock), Path(path)))

        return yaml_model_load

    replace(tasks, "yaml_model_load", wrap)
