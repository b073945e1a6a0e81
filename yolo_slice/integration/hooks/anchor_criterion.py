"""The loss of models whose head is `AnchorDetect`, in the form that Ultralytics' trainer wants."""

from types import ModuleType
from typing import Any

from torch import Tensor

from yolo_slice.heads.anchor_targets import Objects
from yolo_slice.integration.model_files.head_settings import read_loss_settings
from yolo_slice.integration.replacing import Function, replace


def patch(tasks: ModuleType) -> None:
    """Make `DetectionModel.init_criterion` choose our loss for our head, and safe loading know the head."""
    import yolo_slice.heads.anchor_detect  # noqa: F401  registers the class

    def wrap(stock: Function) -> Function:
        def init_criterion(self: Any) -> Any:
            from yolo_slice.heads.anchor_detect import AnchorDetect

            return AnchorCriterion(self) if isinstance(self.model[-1], AnchorDetect) else stock(self)

        return init_criterion

    replace(tasks.DetectionModel, "init_criterion", wrap)


class AnchorCriterion:
    """`AnchorLoss` on Ultralytics' batches: times the batch's size, with the parts beside it for the table of losses.

    The gains are the model file's (`loss:`), because Ultralytics' box, cls and dfl are for another loss.
    """

    def __init__(self, model: Any) -> None:
        from yolo_slice.heads.anchor_loss import LOSS_NAMES, AnchorLoss

        self.loss = AnchorLoss(model.model[-1], read_loss_settings(model.yaml), _training_imgsz(model))
        self.names = LOSS_NAMES if _wants_names() else ()

    def __reduce__(self) -> tuple[type, tuple[()]]:
        # Copies and checkpoints of a model (8.4.0 pickles its loss, too) have no loss: Ultralytics makes it anew.
        return type(None), ()

    def __call__(self, outputs: Any, batch: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor] | Tensor]:
        raw = outputs[1] if isinstance(outputs, tuple) else outputs  # eval mode: decoded and raw
        boxes = batch["bboxes"].to(raw["boxes"].device)
        objects = Objects(batch["batch_idx"].to(boxes.device), batch["cls"].to(boxes.device).view(-1), boxes)
        losses = self.loss(raw, objects)
        parts = losses.detach()
        return losses * len(batch["img"]), dict(zip(self.names, parts, strict=True)) if self.names else parts


def _training_imgsz(model: Any) -> int:
    """Return the side of the training images; they are the model's arguments once it is in a trainer's hands."""
    args = getattr(model, "args", {})
    imgsz = (args if isinstance(args, dict) else vars(args)).get("imgsz") or 640
    return max(imgsz) if isinstance(imgsz, (list, tuple)) else imgsz


def _wants_names() -> bool:
    """Tell whether losses have names (8.4.150); before (8.4.100) the trainer had names for the parts of a tensor."""
    from ultralytics.models.yolo.detect import DetectionTrainer

    return "label_loss_items" not in vars(DetectionTrainer)
