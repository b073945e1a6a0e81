"""What can be told before anything is loaded, and depends on what is installed."""

from dataclasses import replace
from typing import Any

import pytest

from yolo_slice.bench.opening import check_bench
from yolo_slice.bench.runtime import Conditions
from yolo_slice.bench.runtimes import RUNTIMES
from yolo_slice.bench.settings import BenchSettings
from yolo_slice.errors import SliceError


@pytest.mark.parametrize("name", RUNTIMES)
def test_every_runtime_says_what_it_is(name: str) -> None:
    runtime = RUNTIMES[name]
    assert runtime.name == name
    assert runtime.install.startswith("pip install ")
    assert name in str(BenchSettings.__doc__)


def test_what_is_not_installed_is_a_line_with_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = replace(RUNTIMES["onnx"], modules=("no_such_runtime",))
    monkeypatch.setitem(RUNTIMES, "onnx", absent)
    with pytest.raises(SliceError, match=r"format=onnx: no_such_runtime not installed; pip install 'yolo-slice\[exp"):
        check_bench(BenchSettings(model=("yolov8n.yaml",), format=("onnx",)))


@pytest.mark.parametrize("changed", [{"format": ()}, {"batch": ()}, {"batch": (8, 8)}, {"model": ()}])
def test_lists_name_something_once(changed: dict[str, Any]) -> None:
    with pytest.raises(SliceError, match=f"{next(iter(changed))}= "):
        check_bench(BenchSettings(**{"model": ("yolov8n.yaml",), **changed}))


def test_the_input_is_always_the_same() -> None:
    images = Conditions(2, 64).images()
    assert (images.shape, str(images.dtype)) == ((2, 3, 64, 64), "float32")
    assert (images == Conditions(2, 64).images()).all()
    assert 0 <= images.min() < 0.01
    assert 0.99 < images.max() < 1
