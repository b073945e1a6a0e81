"""Tables of this repository's pages: where they are put."""

from pathlib import Path

import pytest

from yolo_slice import page_tables
from yolo_slice.errors import SliceError
from yolo_slice.page_tables import write_tables


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setattr(page_tables, "CFG", tmp_path / "cfg")
    return tmp_path


def test_tables_are_put_between_their_comments_and_nothing_else_changes(checkout: Path) -> None:
    page = checkout / "page.md"
    page.write_text("# ä\n<!-- a -->\nold\nold\n<!-- /a -->\nbetween\n<!-- b -->\n<!-- /b -->\nend\n", encoding="utf-8")
    for _ in range(2):
        assert write_tables("page.md", a=r"new \1", b="| b |") == page
        assert page.read_text(encoding="utf-8") == (
            "# ä\n<!-- a -->\nnew \\1\n<!-- /a -->\nbetween\n<!-- b -->\n| b |\n<!-- /b -->\nend\n"
        )


def test_a_page_without_the_place_stays_as_it_is(checkout: Path) -> None:
    page = checkout / "page.md"
    page.write_text("<!-- a -->\nold\n<!-- /a -->\n")
    with pytest.raises(SliceError, match="<!-- b -->"):
        write_tables("page.md", a="new", b="new")
    assert page.read_text() == "<!-- a -->\nold\n<!-- /a -->\n"
