"""What `pytest --block` runs; see `plugin`."""

from collections.abc import Callable


def test_block_keeps_law(keeps_law: Callable[[], None]) -> None:
    """Hold a block to a law."""
    keeps_law()
