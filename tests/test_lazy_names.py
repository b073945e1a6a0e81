"""Packages offer what their stubs list, and load it when it is asked for."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "yolo_slice"
LAZY = sorted(stub.parent.name for stub in PACKAGE.glob("*/__init__.pyi"))
SETTINGS = sorted(
    ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts) for file in PACKAGE.rglob("settings.py")
)


@pytest.mark.parametrize("name", LAZY)
def test_every_name_of_the_stub_is_there(name: str) -> None:
    package = import_module(f"yolo_slice.{name}")
    assert package.__all__
    assert {*package.__all__} <= {*dir(package)}
    for public in package.__all__:
        assert getattr(package, public).__doc__


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match=r"module 'yolo_slice\.cam' has no attribute 'Explanier'"):
        _ = import_module("yolo_slice.cam").Explanier


def test_settings_and_packages_do_not_load_torch() -> None:
    packages = [f"yolo_slice.{name}" for name in LAZY if name != "blocks"]  # which are torch modules
    names = [*SETTINGS, *packages, "yolo_slice.cam.method_list"]
    code = f"import sys, {', '.join(names)}; assert not {{'torch', 'ultralytics', 'cv2'}} & {{*sys.modules}}"
    subprocess.run([sys.executable, "-c", code], check=True)
