"""Learning rates by the model file's `schedule`, through everything that the trainer does to its own."""

from types import ModuleType
from typing import Any

from yolo_slice.integration.log import inform_once, warn
from yolo_slice.integration.model_files.schedule import read_schedule
from yolo_slice.integration.replacing import Function, replace


def patch(trainer: ModuleType) -> None:
    """Make `BaseTrainer._setup_scheduler` follow the model's schedule; models without one are not affected.

    Ultralytics calls it again where a time limit changes the number of epochs; resume, warm-up and retries with smaller
    batches read what it set: `lf`, the factor of an epoch, and `scheduler`.
    """

    def wrap(stock: Function) -> Function:
        def _setup_scheduler(self: Any) -> None:
            stock(self)
            _follow(self)

        return _setup_scheduler

    replace(trainer.BaseTrainer, "_setup_scheduler", wrap)


def _follow(trainer: Any) -> None:
    from torch.optim.lr_scheduler import LambdaLR
    from ultralytics.utils.torch_utils import unwrap_model

    model: Any = unwrap_model(trainer.model)
    d = getattr(getattr(model, "student_model", model), "yaml", None) or {}  # the student of a distillation
    factor = read_schedule(d)
    if factor is None:
        return
    epochs = trainer.epochs  # a time limit changes it, and then has this set up again
    trainer.lf = lambda epoch: factor(epoch, epochs)
    trainer.scheduler = LambdaLR(trainer.optimizer, lr_lambda=trainer.lf)
    inform_once(f"learning rate by the model file's schedule: {d['schedule']}")
    _warn_of_what_has_no_effect(trainer, d["schedule"])


def _warn_of_what_has_no_effect(trainer: Any, schedule: dict[str, Any]) -> None:
    from ultralytics.utils import DEFAULT_CFG_DICT

    changed = [name for name in ("cos_lr", "lrf") if getattr(trainer.args, name) != DEFAULT_CFG_DICT[name]]
    if changed:
        warn(f"{' and '.join(changed)}: without effect on a model whose file has a schedule")
    late = [step for step in schedule.get("steps", ()) if step >= trainer.epochs]
    if late and not trainer.args.time:
        warn(f"schedule: of {trainer.epochs} epochs none is epoch {', '.join(map(str, late))}")
