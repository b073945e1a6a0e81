"""The scales of a model file: a letter that the file lacks is refused, with those that it has."""

from collections.abc import Mapping
from typing import Any

from yolo_slice.errors import SliceError


def check_scale(d: Mapping[str, Any]) -> None:
    """Raise SliceError if the scale letter in the model's name is none of the file's `scales`.

    The host fails with a bare KeyError. A name without a letter is left to it: it takes the first scale, and says so.
    """
    scale, scales = d.get("scale"), d.get("scales")
    if scale and scales and scale not in scales:
        raise SliceError(f"{d.get('yaml_file', 'the model file')}: no scale {scale!r}; it has {', '.join(scales)}")
