"""`yolo-slice convert`: what it measures, and when it cannot."""

from pathlib import Path

import pytest

from yolo_slice.cli.commands.convert import _other_classes


def data_yaml(folder: Path, names: str) -> str:
    file = folder / "data.yaml"
    file.write_text(f"path: {folder}\ntrain: images\nval: images\nnames: [{names}]\n")
    (folder / "images").mkdir()
    return str(file)


def test_a_data_set_of_other_classes_does_not_judge_the_model(tmp_path: Path) -> None:
    said = _other_classes(["person", "bicycle", "car", "bus"], data_yaml(tmp_path, "car, truck"))
    assert said is not None
    assert "other classes (car, truck) than the model (person, bicycle, car and 1 more)" in said


@pytest.mark.parametrize("names", ["person, bus", "person, coach"])
def test_a_data_set_of_its_classes_does(tmp_path: Path, names: str) -> None:
    assert _other_classes(["person", "bus"], data_yaml(tmp_path, names)) is None


def test_as_many_classes_of_other_names_do_not(tmp_path: Path) -> None:
    assert _other_classes(["person", "bus"], data_yaml(tmp_path, "red cell, white cell")) is not None
