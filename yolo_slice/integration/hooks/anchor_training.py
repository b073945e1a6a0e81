"""What happens to models with anchors when their training starts: autoanchor, names of the losses, useless settings."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from yolo_slice.heads.anchor_detect import AnchorDetect
from yolo_slice.heads.anchor_fit import ENOUGH, measure_fit, search_anchors
from yolo_slice.heads.anchor_loss import LOSS_NAMES
from yolo_slice.integration.data.images import read_image_wh
from yolo_slice.integration.log import inform, warn
from yolo_slice.integration.model_files.head_settings import read_loss_settings, wants_autoanchor
from yolo_slice.integration.replacing import Function, replace

NOT_OURS = ("box", "cls", "dfl", "cls_pw")  # settings of Ultralytics' own loss


def patch(train: ModuleType) -> None:
    """Prepare the model when the trainer makes its validator: its data are loaded then, and its EMA is not yet made."""

    def wrap(stock: Function) -> Function:
        def get_validator(self: Any) -> Any:
            validator = stock(self)
            _prepare(self)
            return validator

        return get_validator

    replace(train.DetectionTrainer, "get_validator", wrap)


def _prepare(trainer: Any) -> None:
    from ultralytics.utils.torch_utils import unwrap_model

    model: Any = unwrap_model(trainer.model)
    model = getattr(model, "student_model", model)  # of a distillation
    head = model.model[-1]
    if not isinstance(head, AnchorDetect):
        return
    if trainer.loss_names:  # 8.4.0 to 8.4.100 name them before they are computed
        trainer.loss_names = LOSS_NAMES
    _warn_of_settings_without_effect(trainer.args)
    if wants_autoanchor(model.yaml) and not trainer.resume:
        threshold = read_loss_settings(model.yaml).anchor_t
        wh = object_sizes(trainer.train_loader.dataset.labels, trainer.args.imgsz)
        check_anchors(head, wh, threshold, trainer.args.seed)


def _warn_of_settings_without_effect(args: Any) -> None:
    from ultralytics.utils import DEFAULT_CFG_DICT

    changed = [name for name in NOT_OURS if getattr(args, name, None) != DEFAULT_CFG_DICT.get(name)]
    if changed:
        warn(
            f"{', '.join(changed)}: without effect on AnchorDetect, whose gains are in the model file "
            "(`loss: {box: 0.05, obj: 1.0, cls: 0.5}`)"
        )


def check_anchors(head: AnchorDetect, wh: Tensor, threshold: float, seed: int = 0) -> None:
    """Replace a head's anchors, as the release does, if they fit too few objects and others fit more; say so.

    Args:
        head: Its anchors are changed in place.
        wh: (n, 2) objects in pixels of the network's input.
        threshold: Longest ratio of sides that is still a fit.
        seed: Of the search.
    """
    if not len(wh):
        inform("autoanchor: no objects, anchors kept")
        return
    old = measure_fit(wh, head.anchor_wh.flatten(0, 1).float().cpu(), threshold)
    found = f"autoanchor: best possible recall {old.recall:.4f}, {old.anchors_an_object:.2f} anchors an object"
    if old.recall >= ENOUGH:
        inform(f"{found}: anchors kept")
        return
    try:
        anchors = search_anchors(wh, head.nl * head.na, threshold, seed)
    except ValueError as error:
        inform(f"{found}: anchors kept, because {error}")
        return
    new = measure_fit(wh, anchors, threshold)
    if new.recall <= old.recall:
        inform(f"{found}: anchors kept, because a search found none with more than {new.recall:.4f}")
        return
    head.anchor_wh.copy_(anchors.view_as(head.anchor_wh))
    listed = " ".join(f"{w:.0f},{h:.0f}" for w, h in anchors.tolist())
    inform(f"{found}; new anchors: recall {new.recall:.4f}, {new.anchors_an_object:.2f} an object: {listed}")


def object_sizes(labels: Iterable[Mapping[str, Any]], imgsz: int) -> Tensor:
    """Return the width and height (n, 2) of the objects of a data set of Ultralytics, in pixels of the network's input.

    As in the release each image is scaled by 0.9 to 1.1, which the same labels always get alike.
    """
    random = torch.Generator().manual_seed(0)
    sizes = [torch.zeros(0, 2)]
    for label in labels:
        width, height = _image_wh(label)
        scale = imgsz / max(width, height) * (0.9 + 0.2 * torch.rand(1, generator=random))
        sizes.append(torch.as_tensor(label["bboxes"]).float()[:, 2:4] * torch.tensor([width, height]) * scale)
    return torch.cat(sizes)


def _image_wh(label: Mapping[str, Any]) -> tuple[int, int]:
    if "shape" in label:
        height, width = label["shape"]
        return width, height
    return read_image_wh(Path(label["im_file"]))  # Ultralytics drops the shape where batches are rectangular
