"""Small inputs of every kind, made once: data sets, a network, a video, trainings, detections."""

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from torture.process import call

TINY = """nc: 2
scales: {n: [1.0, 1.0, 1024]}
backbone:
  - [-1, 1, Conv, [8, 3, 2]]
  - [-1, 1, Conv, [16, 3, 2]]
  - [-1, 1, Conv, [16, 3, 2]]
  - [-1, 1, Conv, [32, 3, 2]]
head:
  - [[2, 3], 1, Detect, [nc]]
"""
CLIP_FRAMES = 8


def copy_inputs(folder: Path, names: Sequence[str]) -> None:
    """Copy inputs of these names into a folder."""
    folder.mkdir(exist_ok=True)
    for name in names:
        made = _made(name)
        (shutil.copytree if made.is_dir() else shutil.copyfile)(made, folder / made.name)


@cache
def _made(name: str) -> Path:
    folder = _folder()
    call(lambda: MAKERS[name](folder / name))
    return folder / name


@cache
def _folder() -> Path:
    import atexit

    folder = Path(tempfile.mkdtemp(prefix="torture-inputs-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _data_set(name: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        from format_maker import FORMAT_MAKERS

        folder.mkdir()
        FORMAT_MAKERS[name](folder)

    return make


def _network(file: Path) -> None:
    from tiny_detection import make_model

    (file.parent / "tinyn.yaml").write_text(TINY)
    model = make_model(str(file.parent / "tinyn.yaml"))
    model.model.names = {0: "cat", 1: "dog"}
    model.save(file)


def _detections(file: Path) -> None:
    rows = [
        {"image_id": 1, "category_id": number, "bbox": [10, 20, 20, 40], "score": 0.9 - number / 10}
        for number in (1, 2)
    ]
    file.write_text(json.dumps(rows))


def _trainings(folder: Path) -> None:
    from run_maker import add_checkpoint, make_run

    for number, model in enumerate(("yolov8n.yaml", "yolov8n-slice.yaml")):
        add_checkpoint(make_run(folder / f"run{number}", model=model), model)


def _pictures(folder: Path) -> None:
    from set_maker import save_noise

    for number in range(8):
        save_noise(folder / f"{number}.jpg", (64, 64))


def _clip(file: Path, frames: int = CLIP_FRAMES) -> None:
    from torture.clips import write_clip

    write_clip(file, frames)


FORMATS = ("voc", "yolo", "coco", "cvat", "darknet", "label-studio", "roboflow-voc", "side-by-side")
MAKERS: dict[str, Callable[[Path], None]] = {
    **{name: _data_set(name) for name in FORMATS},
    "tiny.pt": _network,
    "clip.mp4": _clip,
    "pictures": _pictures,
    "runs": _trainings,
    "detections.json": _detections,
}
