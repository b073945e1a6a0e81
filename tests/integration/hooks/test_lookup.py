"""Shipped files by bare name: only after the host has found nothing, and never instead of a user's own file."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from ultralytics.nn.tasks import guess_model_scale, yaml_model_load
from ultralytics.utils import checks

from yolo_slice.errors import SliceError
from yolo_slice.integration.hooks import lookup
from yolo_slice.paths import CFG, find_shipped, model_files


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_shipped_file_is_found_by_name_and_ignoring_case() -> None:
    assert Path(checks.check_file("yolov5-slice.yaml")) == CFG / "models/v5/yolov5-slice.yaml"
    assert Path(checks.check_yaml("YOLOv5-Slice.yaml")) == CFG / "models/v5/yolov5-slice.yaml"
    assert Path(checks.check_file(Path("voc.yaml"))) == CFG / "datasets/voc.yaml"


def test_copies_made_by_other_ultralytics_modules_are_replaced_too() -> None:
    from ultralytics.data import utils
    from ultralytics.engine import trainer
    from ultralytics.nn import tasks

    assert utils.check_file is trainer.check_file is checks.check_file
    assert getattr(tasks, "check_file", checks.check_file) is checks.check_file  # 8.4.0 has none there


@pytest.mark.long
def test_scale_letter_chooses_the_scale() -> None:
    for file in model_files():
        family = file.stem.split("-")[0]
        for scale in yaml.safe_load(file.read_text(encoding="utf-8"))["scales"]:
            d = yaml_model_load(f"{family}{scale}{file.stem[len(family) :]}.yaml")
            assert (d["scale"], guess_model_scale(d["yaml_file"])) == (scale, scale)


def test_users_own_file_wins(tmp_path: Path) -> None:
    (tmp_path / "yolov5-slice.yaml").write_text("nc: 7")
    assert checks.check_file("yolov5-slice.yaml") == "yolov5-slice.yaml"
    assert yaml_model_load("yolov5s-slice.yaml")["nc"] == 7


def test_hosts_files_are_the_hosts() -> None:
    for name in ("yolov8.yaml", "coco.yaml", "VOC.yaml", "coco8.yaml"):
        assert Path(checks.check_file(name)).is_relative_to(checks.ROOT)
    assert find_shipped("coco.yaml") is None


def test_what_nobody_has_is_missed_as_before() -> None:
    assert checks.check_file("nope.yaml", hard=False) == []
    with pytest.raises(FileNotFoundError, match=r"'nope.yaml' does not exist") as error:
        checks.check_file("nope.yaml")
    assert not isinstance(error.value, SliceError)


def test_a_folder_in_the_name_is_the_users_business() -> None:
    assert checks.check_file("elsewhere/yolov5-slice.yaml", hard=False) == []


def test_near_misses_are_suggested() -> None:
    with pytest.raises(FileNotFoundError, match=r"'yolov5s-slyce.yaml' .*; did you mean yolov5s-slice.yaml") as error:
        yaml_model_load("yolov5s-slyce.yaml")
    assert isinstance(error.value, SliceError)  # one line on the command line


def test_a_disk_that_ignores_case_does_not_hide_our_voc_yaml(tmp_path: Path) -> None:
    (tmp_path / "host").mkdir()
    (tmp_path / "host" / "VOC.yaml").touch()
    (tmp_path / "VOC.yaml").touch()
    host = SimpleNamespace(ROOT=tmp_path / "host", __name__="host.checks")
    host.check_file = lambda file: str(tmp_path / "host" / file)  # what such a disk answers
    lookup.patch(host)
    assert Path(host.check_file("voc.yaml")) == CFG / "datasets/voc.yaml"
    assert Path(host.check_file("VOC.yaml")).parent == tmp_path / "host"
    host.check_file = lambda file: str(tmp_path / file)  # a file of the user's own
    lookup.patch(host)
    assert host.check_file("voc.yaml") == str(tmp_path / "voc.yaml")


def test_voc_yaml_has_the_hosts_names_and_splits() -> None:
    import yaml

    ours, host = (yaml.safe_load(Path(checks.check_file(name)).read_text()) for name in ("voc.yaml", "VOC.yaml"))
    assert {k: ours[k] for k in ("path", "train", "val", "test", "names")} == {
        k: host[k] for k in ("path", "train", "val", "test", "names")
    }
