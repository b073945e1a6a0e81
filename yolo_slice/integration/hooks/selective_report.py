"""What a selective stage kept, needed and took, after a validation of semantic segmentation by itself."""

import time
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from yolo_slice.integration.log import inform
from yolo_slice.integration.replacing import Function, replace


def patch(val: ModuleType) -> None:
    """Make `SemanticSegmentationValidator` say it; in the epochs of a training the losses have the share kept.

    Args:
        val: `ultralytics.models.yolo.semantic.val`, after it has run.
    """
    replace(val.SemanticSegmentationValidator, "init_metrics", _with_meters)
    replace(val.SemanticSegmentationValidator, "print_results", _with_report)


@dataclass(slots=True)
class StageMeter:
    """Sums over the images that a stage has seen.

    Attributes:
        layer: Its row in the model file, or where it is.
        mode: Its mode.
        images: How many; those computed on a list of points in `by_points`.
        kept: Share of blocks kept, summed.
        macs: Multiply-accumulates of what was selected; `dense` of a stage that keeps everything.
        seconds: Time it took.
    """

    layer: str
    mode: str
    images: int = 0
    by_points: int = 0
    kept: float = 0.0
    macs: int = 0
    dense: int = 0
    seconds: float = 0.0
    started: float = 0.0
    handles: list[Any] = field(default_factory=list)

    def watch(self, stage: nn.Module) -> "StageMeter":
        """Measure a stage's runs from now on."""
        self.handles = [stage.register_forward_pre_hook(self.start), stage.register_forward_hook(self.stop)]
        return self

    def start(self, stage: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        """Take the time before a run."""
        _wait_for(inputs[0])
        self.started = time.perf_counter()

    def stop(self, stage: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        """Add a run."""
        from yolo_slice.segmentation.effective_macs import dense_macs, effective_macs

        _wait_for(output)
        self.seconds += time.perf_counter() - self.started
        (x,) = inputs
        all_or_none = float(stage.mode == "dilated")
        self.images += len(x)
        self.kept += len(x) * (stage.last.mask.float().mean().item() if stage.last else all_or_none)
        self.by_points += len(x) if stage.last and stage.last.by_points else 0
        self.macs += effective_macs(stage, x)
        self.dense += dense_macs(stage, x)

    def line(self) -> str:
        """Write the means of an image in a line."""
        n = max(self.images, 1)
        masked = f", by points in {self.by_points} of {n} images" if self.mode in ("learned", "edges") else ""
        return (
            f"SelectiveStage, layer {self.layer}, {self.mode}: keeps {self.kept / n:.3f} of the blocks, effectively "
            f"{self.macs / n / 1e6:.1f} of {self.dense / n / 1e6:.1f} M multiply-adds, {self.seconds / n * 1e3:.2f} ms "
            f"an image{masked}"
        )


def _with_meters(stock: Function) -> Function:
    def init_metrics(self: Any, model: Any) -> None:
        stock(self, model)
        if not self.training:
            self.selective = [StageMeter(name, m.mode).watch(m) for name, m in _stages(model)]

    return init_metrics


def _with_report(stock: Function) -> Function:
    def print_results(self: Any) -> None:
        stock(self)
        self.metrics.selective = vars(self).pop("selective", [])
        for meter in self.metrics.selective:
            for handle in meter.handles:
                handle.remove()
            meter.handles = []
            inform(meter.line())

    return print_results


def _stages(model: Any) -> list[tuple[str, Any]]:
    """Name the stages in what is validated: a model, or one inside Ultralytics' wrappers of files."""
    from yolo_slice.segmentation.selective_stage import SelectiveStage

    network = getattr(getattr(model, "backend", model), "model", None)
    if not isinstance(network, nn.Module):
        return []
    found = [(name, m) for name, m in network.named_modules() if isinstance(m, SelectiveStage)]
    return [(name.removeprefix("model."), m) for name, m in found]


def _wait_for(x: Tensor) -> None:
    if x.is_cuda:
        torch.cuda.synchronize(x.device)
