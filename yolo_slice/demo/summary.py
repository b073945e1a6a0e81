"""The demonstration's summary: what was measured, where everything is, and what to do next."""

import platform
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from yolo_slice.atomic_file import write_whole

FILES = {
    "data.png": "drawn pictures with their labels",
    "predictions.png": "pictures that were not trained on: labels, and what the model finds",
    "training.png": "losses and metrics per epoch",
    "detections.mp4": "the video with what the model finds in it",
    "detections.png": "its middle frame",
    "video.mp4": "the video as drawn",
    "best.pt": "the trained model",
    "voc/": "the data set as drawn, PASCAL VOC XML",
    "data/": "the same converted for Ultralytics: images, labels, data.yaml",
    "train/, val/": "Ultralytics' own records of the training and of the validation",
}
TEXT = """\
# yolo-slice demo

{model}, {parameters} parameters, trained from nothing for {epochs} epochs on drawn pictures (seed {seed}).
Everything below was measured in this run. It shows that the parts work together, not how good the model is: the
pictures are drawn, and easy.

## Detection on pictures that were not trained on

| class | AP50 | AP50-95 |
|---|---|---|
{accuracy}
{remark}
## Time

{machine}

| step | seconds |
|---|---|
{times}

## Files

| file | what it is |
|---|---|
{files}

## Next

What the model looks at; what may be wrong with the data set; COCO's and VOC's numbers; another model to compare with:

{next}

With a data set of your own in place of this one: `yolo-slice help data convert`, `yolo-slice help data check`.
"""
TOO_SHORT = """
This training was too short to find anything, as one of quick=True is: the steps work, and that is all it shows.
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a demonstration has measured.

    Attributes:
        model: Model file.
        seed: Of the drawings and of the training.
        epochs: Passes over the training images.
        parameters: Of the trained model.
        accuracy: AP50 and AP50-95 per class, and of "all".
        seconds: Of each step.
        threads: That torch computed with, where there is no GPU.
    """

    model: str
    seed: int
    epochs: int
    parameters: int
    accuracy: dict[str, tuple[float, float]]
    seconds: dict[str, float]
    threads: int


def write_summary(folder: Path, outcome: Outcome) -> Path:
    """Write summary.md into the folder of a demonstration; return its path."""
    steps = {**outcome.seconds, "together": sum(outcome.seconds.values())}
    text = TEXT.format(
        model=outcome.model,
        parameters=f"{outcome.parameters:,}",
        epochs=outcome.epochs,
        seed=outcome.seed,
        accuracy=_rows((name, f"{ap50:.3f}", f"{ap:.3f}") for name, (ap50, ap) in outcome.accuracy.items()),
        remark="" if outcome.accuracy["all"][0] > 0.05 else TOO_SHORT,
        machine=_machine(outcome.threads),
        times=_rows((name, f"{seconds:.1f}") for name, seconds in steps.items()),
        files=_rows((f"`{name}`", text) for name, text in FILES.items()),
        next="\n".join(f"    {line}" for line in next_commands(folder)),
    )
    path = folder / "summary.md"
    write_whole(path, text)
    return path


def next_commands(folder: Path) -> list[str]:
    """Write commands that go on from here; they work as they stand, in any folder."""
    model, data, voc, found = (shlex.quote(str(folder / name)) for name in ("best.pt", "data", "voc", "more"))
    return [
        f"yolo-slice cam model={model} source={data}/images/val project={found}",
        f"yolo-slice data check {voc}",
        f"yolo-slice eval model={model} data={data}/data.yaml imgsz=320 project={found}",
        f"yolo train model=yolov5n.yaml data={data}/data.yaml imgsz=320 epochs=10 batch=4 project={found} name=stock",
        f"yolo-slice compare {shlex.quote(str(folder / 'train'))} {found}/stock project={found}",
    ]


def _rows(rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _machine(threads: int) -> str:
    """Name the machine; the number of threads is Ultralytics' choice: on a CPU one less than there are cores."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("ultralytics", "torch"))
    python = f"Python {platform.python_version()}"
    return f"{platform.system()} {platform.machine()}, {python}, {packages}, torch threads: {threads}."
