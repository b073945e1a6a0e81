"""One image file as a whole."""

import os
from pathlib import Path

import pytest

from yolo_slice.data.checking.picture import look_at


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    """A pipe would be waited for, a link to /dev/zero read until memory ends."""
    os.mkfifo(tmp_path / "a.jpg")
    look = look_at(tmp_path / "a.jpg")
    assert not look.is_readable
    assert [str(finding.message) for finding in look.findings] == ["cannot be decoded (no regular file)"]
