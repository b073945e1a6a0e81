"""`yolo_slice` shows its public names, loads them when they are asked for, and nothing before."""

import subprocess
import sys

import pytest

import yolo_slice
from yolo_slice.blocks import BLOCKS

EXPECTED = {"YOLO", "BLOCKS", "block", "soft_pool", "replace_downsampling", "convert_weights", "convert_dataset"} | {
    "check_dataset",
    "evaluate_coco",
    "evaluate_voc",
    "explain",
    "Explainer",
    "compare_folders",
    "count_operations",
    "SliceError",
    "cam",
    "metrics",
    "data",
}


def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_names_are_listed_and_can_be_had() -> None:
    names = dir(yolo_slice)
    assert {*EXPECTED, *BLOCKS} <= {*names}
    assert names == sorted({*names})
    assert yolo_slice.__all__ == names
    for name in names:
        assert getattr(yolo_slice, name) is not None
    assert yolo_slice.SliceSamp is BLOCKS["SliceSamp"].cls
    assert yolo_slice.cam.explain is yolo_slice.explain


def test_a_star_import_brings_all_of_them() -> None:
    space: dict[str, object] = {}
    exec("from yolo_slice import *", space)
    assert {*dir(yolo_slice)} <= {*space}


def test_a_misspelt_name_is_asked_about() -> None:
    with pytest.raises(AttributeError, match="module 'yolo_slice' has no attribute 'SliceSmap'") as error:
        _ = yolo_slice.SliceSmap
    assert (error.value.name, error.value.obj) == ("SliceSmap", yolo_slice)  # what Python's "Did you mean" needs
    with pytest.raises(ImportError, match="cannot import name 'convert'"):
        from yolo_slice import convert  # noqa: F401


@pytest.mark.parametrize(
    "code",
    [
        "from yolo_slice import cam, metrics, data, transfer, compare, complexity, demo, cli",
        "from yolo_slice.cam import settings; import yolo_slice; yolo_slice.__version__; yolo_slice.data",
        "import yolo_slice; hasattr(yolo_slice, '__wrapped__'); hasattr(yolo_slice, '_private')",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_asked_for(code: str) -> None:
    assert (
        python(f"{code}; import sys; print({{'torch', 'numpy', 'ultralytics', 'cv2'}} & {{*sys.modules}})") == "set()"
    )
