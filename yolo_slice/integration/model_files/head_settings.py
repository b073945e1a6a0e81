"""The keys `loss` and `autoanchor` of a model file with a head of ours."""

import difflib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from yolo_slice.errors import SliceError
from yolo_slice.heads.loss_settings import LossSettings

KNOWN = [field.name for field in fields(LossSettings)]


def read_loss_settings(d: Mapping[str, Any]) -> LossSettings:
    """Read the gains of the anchor loss from a model file; what it does not say is as in release 5.0.

    Raises:
        SliceError: If `loss` has a key that does not exist, or a value that is not a positive number.

    Example:
        >>> read_loss_settings({"loss": {"obj": 0.7}})
        LossSettings(box=0.05, obj=0.7, cls=0.5, anchor_t=4.0)
    """
    given = d.get("loss") or {}
    if not isinstance(given, Mapping):
        raise SliceError(f"model file: `loss` must be like {{box: 0.05, obj: 1.0}}, not {given!r}")
    for name, value in given.items():
        if name not in KNOWN:
            near = difflib.get_close_matches(str(name), KNOWN, n=1)
            raise SliceError(
                f"model file: `loss` has no {name!r}; "
                + (f"did you mean {near[0]}?" if near else f"it has {', '.join(KNOWN)}")
            )
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
            raise SliceError(f"model file: `loss: {name}` must be a positive number, not {value!r}")
    return LossSettings(**given)


def wants_autoanchor(d: Mapping[str, Any]) -> bool:
    """Tell whether a model file leaves its anchors to be checked, and replaced if need be, when training starts.

    Raises:
        SliceError: If `autoanchor` is neither true nor false.
    """
    wanted = d.get("autoanchor", True)
    if not isinstance(wanted, bool):
        raise SliceError(f"model file: `autoanchor` must be true or false, not {wanted!r}")
    return wanted
