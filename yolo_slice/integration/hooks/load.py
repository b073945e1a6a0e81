"""Trained weights into another architecture: `load()` and `pretrained=` place layers by their role."""

from types import ModuleType
from typing import Any

from yolo_slice.integration.inference.layer_run import Layer
from yolo_slice.integration.replacing import Function, replace
from yolo_slice.integration.weights.role_transfer import load_by_role


def patch(tasks: ModuleType) -> None:
    """Make `ultralytics.nn.tasks.BaseModel.load` place layers by role, and say what became of the weights."""

    def wrap(stock: Function) -> Function:
        def load(self: Layer, weights: Any, verbose: bool = True) -> None:
            load_by_role(stock, self, weights, verbose)

        return load

    replace(tasks.BaseModel, "load", wrap)
