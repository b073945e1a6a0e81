"""Refuses illegal constructor arguments, in the same words for every block."""

import difflib
from numbers import Integral

LAST_ACTIVATIONS = ("GELU", "SiLU", "ReLU", "Identity")
STARTS = ("linear", "paper")


def check_positive_integers(block: str, **arguments: object) -> None:
    """Raise ValueError for the first argument that is not a positive integer.

    Example:
        >>> check_positive_integers("SliceSamp", c1=64, c2=0)
        Traceback (most recent call last):
        ValueError: SliceSamp: c2 must be a positive integer, not 0
    """
    for name, value in arguments.items():
        if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{block}: {name} must be a positive integer, not {value!r}")


def check_odd_kernel(block: str, k: int) -> None:
    """Raise ValueError for an even kernel size, which would change the output size by one pixel."""
    check_positive_integers(block, k=k)
    if k % 2 == 0:
        raise ValueError(f"{block}: kernel size k must be odd, not {k}")


def check_activation(block: str, act: str) -> None:
    """Raise ValueError for a last activation that is none of LAST_ACTIVATIONS, which are names in torch.nn."""
    if act not in LAST_ACTIVATIONS:
        raise ValueError(f"{block}: act must be one of {', '.join(LAST_ACTIVATIONS)}, not {act!r}")


def check_start(block: str, init: str) -> None:
    """Raise ValueError, with a near match, for a start that is none of STARTS.

    Example:
        >>> check_start("SliceSamp", "papr")
        Traceback (most recent call last):
        ValueError: SliceSamp: init must be one of linear, paper, not 'papr'; did you mean paper?
    """
    if init not in STARTS:
        near = difflib.get_close_matches(str(init).lower(), STARTS, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"{block}: init must be one of {', '.join(STARTS)}, not {init!r}{hint}")
