"""The blocks that a test is about: of a file, or by name."""

import difflib
from pathlib import Path

from yolo_slice.blocks import BLOCKS
from yolo_slice.errors import SliceError
from yolo_slice.outside.block_file import read_block_file
from yolo_slice.outside.running import run_block_file
from yolo_slice.registry import Block


def load_blocks(file: str | Path) -> dict[str, Block]:
    """Run a file of blocks, as a model file with the key `blocks` does, and return them by name.

    Raises:
        SliceError: If it is not there, fails, or has no block.
    """
    return run_block_file(read_block_file(Path(file)))


def find_blocks(word: str) -> dict[str, Block]:
    """Find what `--block` names: FILE.py, FILE.py:NAME, or NAME of a block that is installed.

    Raises:
        SliceError: If there is none of that name, with a near match.
    """
    file, colon, name = word.rpartition(":") if not word.endswith(".py") else (word, "", "")
    if file and colon and not name.isidentifier():
        raise SliceError(f"--block {word}: expected FILE.py, FILE.py:NAME or NAME")
    known = load_blocks(file) if file else BLOCKS
    if file and not colon:
        return known
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"blocks: {', '.join(sorted(known))}"
        raise SliceError(f"--block {word}: there is no block {name!r}{f' in {file}' if file else ''}; {hint}")
    return {name: known[name]}
