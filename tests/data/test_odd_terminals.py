"""What a command says about names that no terminal should get."""

import io
import os
import sys
from pathlib import Path

import pytest
from set_maker import make_voc_set

from yolo_slice import cli

ODD = os.fsdecode(b"a\nb\x1b[31m\xff")


def test_an_error_is_one_line_whatever_the_name_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["data", "check", f"nowhere/{ODD}"]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "\\n" in error
    assert "\\x1b" in error
    assert "\\udcff" in error


def test_a_report_says_everything_to_a_terminal_with_few_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_voc_set(tmp_path / "voc")
    (root / "JPEGImages/\N{CAT}.jpg").write_bytes((root / "JPEGImages/a.jpg").read_bytes() + b"x")
    few = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", few)
    cli.main(["data", "check", str(root)])
    few.flush()
    assert b"\\U0001f408.jpg" in few.buffer.getvalue()
