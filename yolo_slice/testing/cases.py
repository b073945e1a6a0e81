"""Blocks held to the laws: one test for each block and law, an excused one skipped with the reason."""

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from yolo_slice.errors import SliceError
from yolo_slice.registry import Block
from yolo_slice.testing.laws import C1, C2, LAWS, NotHereError

Test = Callable[..., None]


def check_law(block: Block, law: str) -> None:
    """Hold a block to one law, whether it is excused from it or not.

    Args:
        block: As it is registered: `BLOCKS["SPDConv"]`.
        law: A key of `LAWS`.

    Raises:
        AssertionError: If the block breaks it, with what was found.
    """
    LAWS[law](block.cls, block.scale, 4 * C1 if block.quadruples else C2)


def contract(blocks: Mapping[str, Block]) -> Callable[[Test], Test]:
    """Repeat a test for every block and every law; it is given `keeps_law`, and calls it.

    An excused law is skipped with the reason that the block gives.

    Raises:
        SliceError: If a block is excused from what is no law, or without a reason.

    Example:
        @contract(load_blocks("my_down.py"))
        def test_contract(keeps_law):
            keeps_law()
    """
    import pytest

    return pytest.mark.parametrize("keeps_law", cases(blocks))


def cases(blocks: Mapping[str, Block]) -> list[Any]:
    """List what `contract` repeats a test with, for pytest."""
    import pytest

    for name, block in blocks.items():
        _check_excuses(name, block)
    pairs = [(name, law) for name in blocks for law in LAWS]
    return [pytest.param(_case(name, blocks[name], law), id=f"{name}-{law}") for name, law in pairs]


def _case(name: str, block: Block, law: str) -> Callable[[], None]:
    def keeps_law() -> None:
        import pytest

        if law in block.excused:
            pytest.skip(f"{name} is excused: {block.excused[law]}")
        try:
            check_law(block, law)
        except NotHereError as missing:
            pytest.skip(str(missing))

    return keeps_law


def _check_excuses(name: str, block: Block) -> None:
    for law, reason in block.excused.items():
        if law not in LAWS:
            near = difflib.get_close_matches(law, LAWS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"laws: {', '.join(LAWS)}"
            raise SliceError(f"{name} is excused from {law!r}, which is no law; {hint}")
        if not str(reason).strip():
            raise SliceError(f"{name} is excused from {law} without a reason; say why it cannot keep it")
