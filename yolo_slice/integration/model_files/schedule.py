"""The key `schedule` of a model file: how the learning rate falls, of whatever task and optimizer."""

import difflib
import itertools
from collections.abc import Callable, Mapping
from typing import Any

from yolo_slice.errors import SliceError

FORMS = "{steps: [30, 60], gamma: 0.1} or {poly: 1.0}"
KNOWN = ("steps", "gamma", "poly")
Factor = Callable[[int, int], float]  # epoch from 0, number of epochs -> learning rate over the first


def read_schedule(d: Mapping[str, Any]) -> Factor | None:
    """Read a model file's schedule; None if it has none.

    `steps` are epochs at whose start the learning rate is multiplied by `gamma` (0.1 if not said); `poly` is the
    exponent of (1 - epoch / epochs).

    Raises:
        SliceError: If it is none of both forms.

    Example:
        >>> factor = read_schedule({"schedule": {"steps": [30], "gamma": 0.1}})
        >>> factor(29, 60), factor(30, 60), read_schedule({"schedule": {"poly": 1.0}})(15, 60)
        (1.0, 0.1, 0.75)
    """
    given = d.get("schedule")
    if given is None:
        return None
    if not isinstance(given, Mapping) or not given:
        raise _fault(f"must be like {FORMS}, not {given!r}")
    for name in given:
        if name not in KNOWN:
            near = difflib.get_close_matches(str(name), KNOWN, n=1)
            raise _fault(f"has no {name!r}; " + (f"did you mean {near[0]}?" if near else f"it is like {FORMS}"))
    if "poly" in given:
        return _poly(given)
    return _steps(given)


def _poly(given: Mapping[str, Any]) -> Factor:
    if len(given) > 1:
        raise _fault(f"is either steps or poly, not both: {FORMS}")
    power = given["poly"]
    if not _is_number(power) or power <= 0:
        raise _fault(f"poly must be a positive number, not {power!r}")
    return lambda epoch, epochs: max(1 - epoch / epochs, 0) ** power


def _steps(given: Mapping[str, Any]) -> Factor:
    if "steps" not in given:
        raise _fault(f"has gamma without steps; it is like {FORMS}")
    steps, gamma = given["steps"], given.get("gamma", 0.1)
    if not (isinstance(steps, list) and steps and all(type(step) is int and step > 0 for step in steps)):
        raise _fault(f"steps must be a list of epochs, as in [30, 60], not {steps!r}")
    if any(after <= before for before, after in itertools.pairwise(steps)):
        raise _fault(f"steps must rise, not {steps!r}")
    if not _is_number(gamma) or not 0 < gamma < 1:
        raise _fault(f"gamma must be a number between 0 and 1, not {gamma!r}")
    return lambda epoch, epochs: float(gamma ** sum(epoch >= step for step in steps))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _fault(text: str) -> SliceError:
    return SliceError(f"model file: `schedule` {text}")
