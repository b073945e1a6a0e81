"""The demonstration: draw, convert, train, validate, detect in a video, and leave pictures and a summary."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yolo_slice.demo.curves import save_curves
from yolo_slice.demo.dataset import IMAGE_SIDE, convert_drawn, draw_voc, refuse_used
from yolo_slice.demo.gallery import save_detections, save_sheets
from yolo_slice.demo.settings import DemoSettings
from yolo_slice.demo.summary import Outcome, write_summary
from yolo_slice.demo.video import draw_video
from yolo_slice.integration import log
from yolo_slice.integration.model_files.model_names import check_model_file

STEPS = 7


@dataclass(slots=True)
class Clock:
    """Measures steps and logs each of them.

    Attributes:
        steps: How many there will be.
        seconds: Of each step done, in their order.
    """

    steps: int
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure the body."""
        log.inform(f"demo, step {len(self.seconds) + 1} of {self.steps}: {name} ...")
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start
        log.inform(f"demo, {name}: {self.seconds[name]:.1f} s")


def run_demo(settings: DemoSettings) -> Path:
    """Train a small slice model on a drawn data set and show what it finds; return the summary.

    Args:
        settings: Where, and how much of it.

    Raises:
        SliceError: If the folder is in use.
    """
    settings = settings.chosen
    folder, seed, clock = settings.out.resolve(), settings.seed, Clock(STEPS)
    refuse_used(folder)
    check_model_file(settings.model)

    import torch
    from ultralytics import YOLO

    log.inform(f"demo: {STEPS} steps, about {settings.cpu_minutes:.0f} min of computing where there is no GPU")
    folder.mkdir(parents=True, exist_ok=True)
    with clock.step("draw the data set"):
        draw_voc(folder / "voc", seed, settings.train, settings.val)
    with clock.step("convert it"):
        data = convert_drawn(folder / "voc", folder / "data")
    with clock.step("draw the video"):
        draw_video(folder / "video.mp4", seed, settings.frames)
    with clock.step("train"):
        YOLO(settings.model).train(**_arguments(folder, data, settings))
        shutil.copyfile(folder / "train" / "weights" / "best.pt", folder / "best.pt")
    model = YOLO(folder / "best.pt")
    parameters = sum(p.numel() for p in model.parameters())
    with clock.step("validate"):
        metrics = model.val(data=str(data), imgsz=IMAGE_SIDE, project=str(folder), name="val")
    with clock.step("detect in the video"):
        save_detections(model, folder, settings.frames)
    with clock.step("draw the pictures"):
        save_sheets(model, folder)
        save_curves(folder / "train" / "results.csv", folder / "training.png")
    found = {model.names[c]: metrics.box.class_result(i)[2:] for i, c in enumerate(metrics.box.ap_class_index)}
    found["all"] = metrics.box.map50, metrics.box.map
    threads = torch.get_num_threads()
    outcome = Outcome(settings.model, seed, settings.epochs, parameters, found, clock.seconds, threads)
    return write_summary(folder, outcome)


def _arguments(folder: Path, data: Path, settings: DemoSettings) -> dict[str, Any]:
    """Return the training arguments for few steps from nothing: every batch is a step, and there are no mosaics."""
    return {
        "data": str(data),
        "project": str(folder),
        "name": "train",
        "seed": settings.seed,
        "epochs": settings.epochs,
        "batch": settings.batch,
        "nbs": settings.batch,
        "imgsz": IMAGE_SIDE,
        "optimizer": "AdamW",
        "lr0": 0.004,
        "lrf": 0.05,
        "warmup_epochs": 1,
        "warmup_bias_lr": 0.0,
        "mosaic": 0.0,
        "scale": 0.1,
        "translate": 0.05,
        "flipud": 0.5,
        "hsv_s": 0.3,
        "hsv_v": 0.2,
        "workers": 0,
        "amp": False,  # Ultralytics would download weights to test it with
    }
