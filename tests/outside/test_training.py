"""A project's block through a training: interrupted, resumed, as DDP runs it, predicting, exported."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from project import make_project
from ready_process import run_python, yolo
from tiny_training import QUICK, StopHereError, make_data, stop_in_second_epoch
from ultralytics import YOLO
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.utils import dist

from yolo_slice.study.ray_cluster import ClusterStart

pytestmark = pytest.mark.filterwarnings("default")
SMALL = {**QUICK, "imgsz": 32, "device": "cpu"}


@pytest.mark.slow
def test_a_training_is_resumed_predicts_and_is_exported_in_new_processes(tmp_path: Path) -> None:
    data, model = make_data(tmp_path / "data", "detect"), make_project(tmp_path)
    training = YOLO(model)
    training.add_callback("on_train_epoch_start", stop_in_second_epoch)
    with pytest.raises(StopHereError):
        training.train(data=str(data), project=str(tmp_path), name="run", **{**SMALL, "epochs": 2})
    resumed = yolo("train", "resume", "model=run/weights/last.pt", folder=tmp_path)
    assert "from epoch 2 to 2 total epochs" in resumed
    found = yolo("predict", "model=run/weights/best.pt", "source=data/images/val", "imgsz=32", folder=tmp_path)
    assert "image 4/4" in found
    assert "Results saved" in yolo("export", "model=run/weights/best.pt", "format=torchscript", folder=tmp_path)


@pytest.mark.apart
def test_ddps_file_runs_as_a_process(tmp_path: Path) -> None:
    data, model = make_data(tmp_path / "data", "detect"), make_project(tmp_path)
    settings = {**SMALL, "model": str(model), "data": str(data), "project": str(tmp_path), "name": "run"}
    trainer: Any = DetectionTrainer(overrides=settings)
    trainer.model = YOLO(model).model
    script = dist.generate_ddp_file(trainer)
    try:
        child = [sys.executable, script]
        env = {**os.environ, "YOLO_VERBOSE": "true"}
        done = subprocess.run(child, cwd=os.sep, env=env, capture_output=True, text=True, check=False)
    finally:
        for file in Path(script).parent.glob(f"{Path(script).stem}.*"):
            file.unlink()
    assert "1 epochs completed" in done.stdout + done.stderr


def test_a_study_goes_on_where_the_blocks_were_never_opened(tmp_path: Path) -> None:
    YOLO(make_project(tmp_path)).save(tmp_path / "last.pt")
    code = (
        "import os; os.environ['YOLO_CONFIG_DIR'] = 'of another machine'\n"
        "from yolo_slice.integration.model_files.block_key import open_blocks\n"
        "from ultralytics import YOLO; open_blocks('yolov8n-mine.yaml'); open_blocks('yolo26n.pt')\n"
        "print(type(YOLO('last.pt').model.model[1]).__name__)"
    )
    assert run_python(code, folder=tmp_path).splitlines()[-1] == "MyDown"


def test_a_ray_worker_is_told_which_files_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ray:
        def __init__(self) -> None:
            self.sent: list[Any] = []

        def remote(self, *arguments: Any, **needs: Any) -> Any:
            self.sent += arguments
            return lambda function: self

        def get_gpu_ids(self) -> list[int]:
            return []

    class Cell:
        root = Path()

    class Slots:
        has_gpus = False

    class Started:
        def __init__(self, *_: Any) -> None:
            self.named = os.environ["YOLO_SLICE_BLOCKS"]

        def wait(self) -> str:
            return self.named

    monkeypatch.setenv("YOLO_SLICE_BLOCKS", "my_down.py")
    ray = Ray()
    ClusterStart(ray, Slots(), Started)(Cell(), "", 1)  # pyright: ignore
    assert ray.sent[1:] == [Started, str(Path("my_down.py").absolute())]
    monkeypatch.setitem(sys.modules, "ray", ray)  # pyright: ignore
    monkeypatch.setenv("YOLO_SLICE_BLOCKS", "of the worker")
    from yolo_slice.study.ray_cluster import _train

    assert _train(*ray.sent) == str(Path("my_down.py").absolute())  # pyright: ignore
