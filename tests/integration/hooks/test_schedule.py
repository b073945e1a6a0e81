"""The key `schedule`: what it says, and that trainings follow it through resume, warm-up, time limits and retries."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tiny_training import QUICK, StopHereError, make_data, stop_in_second_epoch
from ultralytics import YOLO
from ultralytics.engine.trainer import BaseTrainer
from ultralytics.nn import tasks
from ultralytics.utils import LOGGER

from yolo_slice.errors import SliceError
from yolo_slice.integration.model_files.schedule import read_schedule

ROWS = {"backbone": [[-1, 1, "Conv", [8, 3, 4]]], "head": [[-1, 1, "Classifier", ["nc"]]]}
SGD = {"optimizer": "SGD", "lr0": 0.1, "warmup_epochs": 0, "val": False, "imgsz": 32, "batch": 4}


@pytest.mark.parametrize(
    ("schedule", "epochs", "factors"),
    [
        ({"steps": [2], "gamma": 0.1}, 4, [1, 1, 0.1, 0.1]),
        ({"steps": [1, 3]}, 4, [1, 0.1, 0.1, 0.01]),
        ({"steps": [1], "gamma": 0.5}, 2, [1, 0.5]),
        ({"poly": 1.0}, 4, [1, 0.75, 0.5, 0.25]),
        ({"poly": 2}, 2, [1, 0.25]),
    ],
)
def test_factor_of_each_epoch(schedule: dict[str, Any], epochs: int, factors: list[float]) -> None:
    factor = read_schedule({"schedule": schedule})
    assert [factor(epoch, epochs) for epoch in range(epochs)] == pytest.approx(factors)


def test_past_the_last_epoch_poly_is_zero_and_no_complex_number() -> None:
    assert read_schedule({"schedule": {"poly": 0.9}})(5, 4) == 0
    assert read_schedule({}) is None


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        (0.1, r"`schedule` must be like {steps: \[30, 60\], gamma: 0.1} or {poly: 1.0}, not 0.1"),
        ({}, "must be like"),
        ({"step": [30]}, "has no 'step'; did you mean steps?"),
        ({"cosine": 1}, "has no 'cosine'; it is like {steps: "),
        ({"steps": [30], "poly": 1}, "either steps or poly, not both"),
        ({"gamma": 0.1}, "gamma without steps"),
        ({"steps": 30}, r"steps must be a list of epochs, as in \[30, 60\], not 30"),
        ({"steps": []}, "steps must be a list of epochs"),
        ({"steps": [0.5]}, "steps must be a list of epochs"),
        ({"steps": [True]}, "steps must be a list of epochs"),
        ({"steps": [60, 30]}, r"steps must rise, not \[60, 30\]"),
        ({"steps": [30], "gamma": 10}, "gamma must be a number between 0 and 1, not 10"),
        ({"poly": 0}, "poly must be a positive number, not 0"),
        ({"poly": "1"}, "poly must be a positive number, not '1'"),
    ],
)
def test_mistakes_are_told_before_a_model_is_built(schedule: Any, message: str) -> None:
    with pytest.raises(SliceError, match=message) as error:
        tasks.parse_model({"nc": 2, **ROWS, "schedule": schedule}, ch=3, verbose=False)
    assert "\n" not in str(error.value)


def model_file(folder: Path, schedule: dict[str, Any]) -> str:
    (folder / "tiny-cls.yaml").write_text(yaml.safe_dump({"nc": 2, **ROWS, "schedule": schedule}))
    return str(folder / "tiny-cls.yaml")


def run(yolo: YOLO, *callbacks: tuple[str, Callable[[Any], None]], **settings: Any) -> list[float]:
    """Train; return the learning rate at the end of each epoch."""
    rates: list[float] = []
    yolo.add_callback("on_train_epoch_end", lambda trainer: rates.append(trainer.optimizer.param_groups[0]["lr"]))
    for event, callback in callbacks:
        yolo.add_callback(event, callback)
    yolo.train(**settings)
    return rates


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # Ultralytics' own runs warn in many places
def test_training_follows_it_through_warm_up_and_resume(tmp_path: Path) -> None:
    data, file = make_data(tmp_path / "data", "classify"), model_file(tmp_path, {"steps": [2], "gamma": 0.1})
    settings = {**QUICK, **SGD, "data": data, "project": tmp_path, "name": "run", "epochs": 4}
    warm_up = 1 if hasattr(BaseTrainer, "_get_warmup_iterations") else 0  # 8.4.0: 100 batches or more, never ends here
    with pytest.raises(StopHereError):
        # two batches an epoch: the warm-up ends with the first batch of the second epoch
        run(YOLO(file), ("on_train_epoch_start", stop_in_second_epoch), **{**settings, "warmup_epochs": warm_up})
    resumed = run(YOLO(tmp_path / "run/weights/last.pt"), resume=True)
    assert resumed == pytest.approx([0.1, 0.01, 0.01])
    again = YOLO(tmp_path / "run/weights/last.pt")  # the schedule is in the checkpoint, for a new training, too
    assert run(again, **{**settings, "name": "again", "epochs": 3}) == pytest.approx([0.1, 0.1, 0.01])


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # Ultralytics' own runs warn in many places
def test_training_follows_it_through_time_limits_and_retries(tmp_path: Path) -> None:
    data, file = make_data(tmp_path / "data", "classify"), model_file(tmp_path, {"poly": 1.0})
    expected: list[float] = []

    def limit_time(trainer: Any) -> None:
        trainer.args.time = 1.0  # hours: after each epoch the number of epochs is estimated anew
        expected.append(0.1 * (1 - trainer.epoch / trainer.epochs))

    def stop_after_three(trainer: Any) -> None:
        trainer.stop = trainer.epoch == 2

    def fail_once(trainer: Any) -> None:
        prepare = trainer.preprocess_batch

        def preprocess_batch(batch: Any) -> Any:
            trainer.preprocess_batch = prepare
            raise RuntimeError("CUDA out of memory")

        trainer.preprocess_batch = preprocess_batch

    can_retry = "_oom_retries" in inspect.getsource(BaseTrainer)
    callbacks = [("on_train_epoch_start", limit_time), ("on_fit_epoch_end", stop_after_three)]
    callbacks += [("on_train_start", fail_once)] if can_retry else []
    settings = {**QUICK, **SGD, "data": data, "project": tmp_path, "name": "run", "epochs": 4}
    yolo = YOLO(file)
    rates = run(yolo, *callbacks, **settings)
    assert rates == pytest.approx(expected[1:] if can_retry else expected)  # the failed epoch began, and did not end
    assert len(rates) == 3
    assert rates[1] > 0.09  # of many epochs, not of four
    assert yolo.trainer.args.batch == (2 if can_retry else 4)


class FakeTrainer(BaseTrainer):
    """What sets up a scheduler, and nothing else."""

    def __init__(self, schedule: dict[str, Any] | None, **args: Any) -> None:
        import torch
        from ultralytics.cfg import get_cfg

        self.model = torch.nn.Linear(1, 1)
        self.model.yaml = {} if schedule is None else {"schedule": schedule}
        self.optimizer, self.epochs = torch.optim.SGD(self.model.parameters(), lr=1.0), 4
        self.args = get_cfg(overrides=args)


def test_what_has_no_effect_is_said_and_other_models_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(LOGGER, "warning", said.append)
    FakeTrainer({"steps": [2, 30]}, cos_lr=True, lrf=0.5)._setup_scheduler()
    assert said == [
        "yolo-slice: cos_lr and lrf: without effect on a model whose file has a schedule",
        "yolo-slice: schedule: of 4 epochs none is epoch 30",
    ]
    stock = FakeTrainer(None)
    stock._setup_scheduler()
    assert [stock.lf(epoch) for epoch in (0, 2)] == pytest.approx([1.0, 0.505])
    assert len(said) == 2
