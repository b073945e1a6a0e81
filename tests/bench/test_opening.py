"""What can be told before anything is loaded, and depends on what is installed."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from yolo_slice.bench.opening import check_bench
from yolo_slice.bench.runtime import Conditions
from yolo_slice.bench.runtimes import RUNTIMES
from yolo_slice.bench.settings import AT_LEAST, BenchSettings
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


@pytest.mark.parametrize(("count", "device", "is_there"), [(0, "0", False), (1, "1", False), (1, "0", True)])
def test_a_gpu_that_is_not_there_is_a_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, count: int, device: str, is_there: bool
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    settings = BenchSettings(model=("yolov8n.yaml",), device=device, project=str(tmp_path))
    if is_there:
        check_bench(settings)
        return
    with pytest.raises(SliceError, match=f"device={device}: there is no such GPU, torch sees {count}; "):
        check_bench(settings)


@pytest.mark.parametrize(
    ("format", "others"), [("onnx", "not measured in half precision; "), ("torch", "on gpu only; ")]
)
def test_half_precision_that_is_not_there_names_where_it_is(format: str, others: str) -> None:
    with pytest.raises(
        SliceError, match=f"format={format} half=True: .*{others}leave .* on cpu take ncnn or openvino$"
    ):
        check_bench(BenchSettings(model=("yolov8n.yaml",), format=(format,), half=True))


def test_weights_are_quantised_without_images(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(RUNTIMES, "mnn", replace(RUNTIMES["mnn"], modules=()))
    settings = BenchSettings(model=("yolov8n.yaml",), format=("mnn",), project=str(tmp_path), export={"quantize": "8"})
    check_bench(settings)
    with pytest.raises(SliceError, match="format=onnx quantize=8: int8 is calibrated"):
        check_bench(replace(settings, format=("mnn", "onnx")))


def test_what_brings_ncnn_is_its_extra() -> None:
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
    extra = re.search(r"(?m)^ncnn = \[(.*?)\]", project)
    assert extra is not None
    assert RUNTIMES["ncnn"].install.split()[2:] == re.findall('"(.*?)"', extra[1])


@pytest.mark.parametrize("key", ["processes", "rounds"])
def test_the_least_is_in_the_help(key: str) -> None:
    assert re.search(rf"(?m)^ +{key}: .*, {AT_LEAST[key]} or more\.$", str(BenchSettings.__doc__))


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("foo", "settings: model, .*, exist_ok; arguments of `yolo export`: quantize, .*, optimize$"),
        ("fromat", r"did you mean format=\?$"),
        ("quantise", r"did you mean quantize=\?$"),
    ],
)
def test_an_unknown_key_gets_near_matches_or_both_lists_apart(key: str, hint: str) -> None:
    with pytest.raises(SliceError, match=f"^{key}= is no setting of bench and no argument of `yolo export` .*; {hint}"):
        check_bench(BenchSettings(model=("yolov8n.yaml",), export={key: "1"}))
