"""ONNX Runtime's 8 bits with a scale for each channel of a weight: one for all is too coarse for depthwise kernels."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from unittest.mock import patch


@contextmanager
def per_channel() -> Iterator[None]:
    """Make static quantization do so meanwhile, unless it is told otherwise."""
    if find_spec("onnxruntime") is None:
        yield
        return
    from onnxruntime import quantization

    with patch.object(quantization, "quantize_static", partial(quantization.quantize_static, per_channel=True)):
        yield
