"""What is called around every export: `yolo export`, `YOLO(...).export()`."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from yolo_slice.integration.replacing import Function, replace

BITS: dict[Any, int] = {"w8a16": 8, "w8a32": 8}  # of weights, where Ultralytics' `quantize` is not a number


@dataclass(frozen=True, slots=True)
class Export:
    """One export under way: Ultralytics has fused its own copy of the model, and no file is written yet.

    Attributes:
        exporter: Ultralytics' Exporter; its `model` is what will be exported.
        suppress: Makes, of a model and the arguments, one that suppresses boxes, which `nms=True` exports.
        during: Contexts that are left when the file is written, or was not.
    """

    exporter: Any
    suppress: Callable[[Any, Any], Any]
    during: ExitStack

    @property
    def format(self) -> str:
        """As Ultralytics names it: onnx, openvino, ..."""
        return self.exporter.args.format.lower()

    @property
    def bits(self) -> int:
        """Precision that is asked for: 32, 16 or 8."""
        arguments = self.exporter.args
        if getattr(arguments, "int8", False):  # before 8.4.100 or so
            return 8
        quantize = getattr(arguments, "quantize", None) or (16 if getattr(arguments, "half", False) else 32)
        return BITS.get(quantize, quantize)

    @property
    def is_trained_in_8_bits(self) -> bool:
        """Whether the model has the ranges of 8 bits in it, from a training with `quantize=8`."""
        return getattr(self.exporter, "qat", False)

    @property
    def has_nms(self) -> bool:
        """Whether the graph yields what is left after non-maximum suppression."""
        return bool(self.exporter.args.nms) and self.format not in {"coreml", "imx"}

    @property
    def yields_classes(self) -> bool:
        """Whether the graph yields the number of each pixel's class, (B, H, W)."""
        is_semantic = getattr(self.exporter.model, "task", "") == "semantic"
        return is_semantic and len(self.exporter.output_shape) == 3

    @property
    def is_dynamic(self) -> bool:
        """Whether the graph is to serve images of every size."""
        return bool(self.exporter.args.dynamic)

    @property
    def one_size(self) -> list[str]:
        """Layers whose exported form serves one size only; not empty, and `dynamic=True`: the file would be wrong."""
        found = {type(m).__name__ for m in self.exporter.model.modules() if getattr(m, "exports_one_size", False)}
        return sorted(found)

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Shapes (B, C, H, W) that the graph is to serve; with `dynamic=True` one more, a stride larger."""
        b, c, h, w = self.exporter.im.shape
        stride = int(max(getattr(self.exporter.model, "stride", [32])))
        return [(b, c, h, w), *([(b, c, h + stride, w + stride)] if self.is_dynamic else [])]

    @torch.no_grad()
    def run(self, model: Any, image: Tensor) -> list[Tensor]:
        """Run a model as the exported graph would run, and list its outputs.

        Args:
            model: The exporter's, or one that takes its place.
            image: (B, C, H, W), 0 to 1.
        """
        whole = self.suppress(model, self.exporter.args) if self.has_nms else model
        parameter = next(model.parameters())
        return outputs_of(whole(image.to(parameter.device, parameter.dtype)))


def outputs_of(output: Any) -> list[Tensor]:
    """List the tensors of an output, on the CPU in float64."""
    if isinstance(output, (list, tuple)):
        return [y for part in output for y in outputs_of(part)]
    return [torch.as_tensor(output).detach().cpu().double()]


def around_export(
    module: ModuleType, before: Callable[[Export], Any], after: Callable[[Export, Any, str], None]
) -> None:
    """Make `ultralytics.engine.exporter.Exporter` call us before it writes anything and when all is written.

    Args:
        module: `ultralytics.engine.exporter`, after it has run.
        before: Called before the user's own callbacks; may give the exporter another model. Returns what `after` needs;
            None if there is nothing to do after.
        after: Called with that, and with the path of the exported file or folder.
    """

    def wrap_callbacks(stock: Function) -> Function:
        def run_callbacks(self: Any, event: str) -> None:
            if event == "on_export_start":
                run = Export(self, module.NMSModel, vars(self)["yolo_slice_during"])
                vars(self)["yolo_slice_run"] = (run, before(run))
            stock(self, event)

        return run_callbacks

    def wrap_call(stock: Function) -> Function:
        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            with ExitStack() as vars(self)["yolo_slice_during"]:
                exported = stock(self, *args, **kwargs)
            del vars(self)["yolo_slice_during"]
            run, expected = vars(self).pop("yolo_slice_run", (None, None))
            if run is not None and expected is not None and exported:
                after(run, expected, str(exported))
            return exported

        return call

    replace(module.Exporter, "run_callbacks", wrap_callbacks)
    replace(module.Exporter, "__call__", wrap_call)
