"""The tests of the tests: every law has a wrong block, which it catches, and lets a right one pass."""

from dataclasses import replace

import pytest

from yolo_slice.errors import SliceError
from yolo_slice.registry import Block
from yolo_slice.testing import LAWS, check_law, contract
from yolo_slice.testing.wrong_blocks import WRONG, Right

RIGHT = Block(Right, 0.5, "")


def test_every_law_has_a_wrong_block() -> None:
    assert WRONG.keys() == LAWS.keys()


@pytest.mark.parametrize("law", LAWS)
def test_law_catches_wrong_block(law: str) -> None:
    check_law(RIGHT, law)
    with pytest.raises(AssertionError):
        check_law(Block(WRONG[law], 0.5, ""), law)


def test_an_excuse_names_a_law_and_a_reason() -> None:
    with pytest.raises(SliceError, match=r"Right is excused from .shapes., which is no law; did you mean shape\?"):
        contract({"Right": replace(RIGHT, excused={"shapes": "it grows"})})
    with pytest.raises(SliceError, match="Right is excused from shape without a reason"):
        contract({"Right": replace(RIGHT, excused={"shape": " "})})


def test_an_excused_law_is_skipped_with_the_reason() -> None:
    marks = contract({"Right": replace(RIGHT, excused={"shape": "it grows"})}).args[1]  # pyright: ignore
    cases = {case.id: case.values[0] for case in marks}
    assert [*cases] == [f"Right-{law}" for law in LAWS]
    with pytest.raises(pytest.skip.Exception, match="Right is excused: it grows"):
        cases["Right-shape"]()


def test_a_law_that_needs_what_is_not_installed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    cases = {case.id: case.values[0] for case in contract({"Right": RIGHT}).args[1]}  # pyright: ignore
    with pytest.raises(pytest.skip.Exception, match="onnxruntime is not installed: pip install"):
        cases["Right-onnx_agrees"]()
