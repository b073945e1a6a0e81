"""Replacing a host function: everywhere in the host, once, and nowhere else."""

import sys
from types import ModuleType

import pytest

from yolo_slice.integration.replacing import is_replaced, replace


def stock() -> str:
    """Stock docstring."""
    return "stock"


def module(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    made = ModuleType(name)
    made.function = stock
    monkeypatch.setitem(sys.modules, name, made)
    return made


def test_copies_in_the_host_are_replaced_and_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    home, copy, other = (module(n, monkeypatch) for n in ("ultralytics.x_home", "ultralytics.x_copy", "unrelated_x"))
    replace(home, "function", lambda f: lambda: f"ours, then {f()}")
    assert home.function() == copy.function() == "ours, then stock"
    assert home.function.__doc__ == "Stock docstring."
    assert other.function is stock
    assert is_replaced(home, "function")
    assert not is_replaced(other, "function")
    replace(home, "function", lambda f: lambda: f"twice, {f()}")
    assert home.function() == "ours, then stock"
