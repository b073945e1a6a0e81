"""How many blocks a learned mask keeps, as a part of the loss of semantic segmentation."""

from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from yolo_slice.integration.replacing import Function, replace


def patch(tasks: ModuleType) -> None:
    """Make `SemanticSegmentationModel.init_criterion` add it for models that have such masks.

    An Ultralytics without that class is left alone.
    """
    if not hasattr(tasks, "SemanticSegmentationModel"):
        return

    def wrap(stock: Function) -> Function:
        def init_criterion(self: Any) -> Any:
            from yolo_slice.segmentation.selective_stage import SelectiveStage

            stages = [m for m in self.modules() if isinstance(m, SelectiveStage) and m.learned_mask]
            return SelectiveCriterion(stock(self), stages) if stages else stock(self)

        return init_criterion

    replace(tasks.SemanticSegmentationModel, "init_criterion", wrap)


class SelectiveCriterion:
    """Ultralytics' loss plus (share of kept blocks - wanted share)^2, as CAD has it, averaged over the stages.

    Its parts have two more: `keep_loss`, and `keep`, the share itself, which is drawn in training.
    """

    def __init__(self, stock: Any, stages: list[Any]) -> None:
        self.stock = stock
        self.stages = stages

    def __reduce__(self) -> tuple[type, tuple[()]]:
        # Copies and checkpoints of a model have no loss: Ultralytics makes it anew.
        return type(None), ()

    def __call__(self, preds: Any, batch: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        total, parts = self.stock(preds, batch)
        shares = torch.stack([_take_share(stage) for stage in self.stages])
        wanted = shares.new_tensor([stage.keep for stage in self.stages])
        penalty = (shares - wanted).square().mean()
        more = {"keep_loss": penalty.detach(), "keep": shares.detach().mean()}
        return total + penalty * len(batch["img"]), {**parts, **more}


def _take_share(stage: Any) -> Tensor:
    """Return the share of blocks that the stage kept in the run whose output is judged, and let go of its graph."""
    if stage.last is None:
        raise RuntimeError("SelectiveStage: the loss is computed once after each forward pass of the same model")
    share, stage.last = stage.last.mask.float().mean(), None
    return share
