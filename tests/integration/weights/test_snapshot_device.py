"""The device of an explanation: one that is not there is one line."""

import pytest

from yolo_slice.errors import SliceError
from yolo_slice.integration.weights.snapshot import snapshot


@pytest.mark.parametrize("name", ["gpu", "cuda:99", "99", "meta", "cpu,cpu", "tpu"])
def test_a_device_that_is_not_there(name: str) -> None:
    with pytest.raises(SliceError, match=rf"^device={name}: expected cpu, mps, or the number of a GPU that works \("):
        snapshot("yolov8n-slice.yaml", name)
