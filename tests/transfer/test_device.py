"""The device of a conversion: one that is not there is one line, before anything is computed."""

import pytest
import torch

from yolo_slice.errors import SliceError
from yolo_slice.transfer.device import torch_device


@pytest.mark.parametrize("name", [None, "", "cpu"])
def test_cpu(name: str | None) -> None:
    assert torch_device(name) == torch.device("cpu")


@pytest.mark.parametrize("name", ["cuda:99", "99", "meta", "word", "-1", "cpu,cpu"])
def test_a_device_that_is_not_there(name: str) -> None:
    with pytest.raises(SliceError, match=rf"^device={name}: expected cpu, mps, or the number of a GPU that works \("):
        torch_device(name)
