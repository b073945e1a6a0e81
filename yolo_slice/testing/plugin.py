"""pytest plugin: `pytest --block my_blocks.py:MyDown` runs the contract over a block, without a test file.

pytest imports this wherever yolo-slice is installed: it imports nothing before the option is used.
"""

from pathlib import Path
from typing import Any

CONTRACT = Path(__file__).with_name("option_tests.py")


def pytest_addoption(parser: Any) -> None:
    """Add `--block`."""
    parser.getgroup("yolo-slice").addoption(
        "--block",
        action="append",
        default=[],
        metavar="FILE.py[:NAME]",
        help="yolo-slice's contract over the blocks of a file, one of them, or NAME if it is installed",
    )


def pytest_configure(config: Any) -> None:
    """Run the contract's test; beside it, only tests that the command line names."""
    if config.getoption("block"):
        _blocks(config)
        is_named = config.args_source is config.ArgsSource.ARGS
        config.args[:] = [str(CONTRACT), *(config.args if is_named else [])]


def pytest_generate_tests(metafunc: Any) -> None:
    """Repeat the contract's test for every block and law that is asked for."""
    if Path(metafunc.definition.path) == CONTRACT:
        from yolo_slice.testing.cases import cases

        metafunc.parametrize("keeps_law", cases(_blocks(metafunc.config)))


def _blocks(config: Any) -> dict[str, Any]:
    """Find the blocks that are asked for; a file of them is run once."""
    import pytest

    from yolo_slice.errors import SliceError, one_line
    from yolo_slice.testing.wanted_blocks import find_blocks

    try:
        return {name: block for word in config.getoption("block") for name, block in find_blocks(word).items()}
    except SliceError as error:
        raise pytest.UsageError(one_line(str(error))) from None
