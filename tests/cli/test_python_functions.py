"""What a command and a Python function both set has one name, and one default."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from yolo_slice import (
    Explainer,
    check_dataset,
    compare_folders,
    convert_dataset,
    convert_weights,
    evaluate_coco,
    explain,
)
from yolo_slice.cam.settings import MapSettings
from yolo_slice.compare.settings import CompareSettings
from yolo_slice.data.settings import CheckDataSettings, ConvertDataSettings
from yolo_slice.metrics.settings import EvalSettings
from yolo_slice.settings import settings_of
from yolo_slice.transfer.settings import ConvertSettings


@pytest.mark.parametrize(
    ("function", "settings", "others"),
    [
        (convert_dataset, ConvertDataSettings, ""),
        (check_dataset, CheckDataSettings, ""),
        (convert_weights, ConvertSettings, "settings"),
        (compare_folders, CompareSettings, ""),
        (evaluate_coco, EvalSettings, ""),
        (explain, MapSettings, "image target"),
        (Explainer.__init__, MapSettings, "self"),
    ],
    ids=lambda value: getattr(value, "__qualname__", ""),
)
def test_names_and_defaults_are_the_same(function: Callable[..., Any], settings: type, others: str) -> None:
    known = {setting.name: setting for setting in settings_of(settings)}
    parameters = {name: p for name, p in inspect.signature(function).parameters.items() if name not in others.split()}
    assert {*parameters} <= {*known}
    for name, parameter in parameters.items():
        setting = known[name]
        if name in ("model", "truth", "detections", "sizes"):  # required here, or one of two ways there
            continue
        if setting.is_required:
            assert parameter.default is inspect.Parameter.empty, name
        elif name == "method":
            assert (parameter.default,) == setting.default
        else:
            assert parameter.default == setting.default, name


def test_paths_are_paths_or_texts() -> None:
    assert inspect.signature(convert_dataset).parameters["source"].annotation in (Path, str | Path)
