"""KEY=VALUE settings: types from the signature, mistakes explained."""

import argparse
from pathlib import Path
from typing import Literal

import pytest

from yolo_slice.cli.parsers import add_settings_command
from yolo_slice.cli.settings import describe_settings, read_settings
from yolo_slice.errors import SliceError

EXAMPLE = "yolo-slice look model=best.pt"


def look(
    *sources: Path,
    model: list[str],
    method: Literal["gradcam", "Eigen"] = "gradcam",
    layers: list[int] | None = None,
    conf: float = 0.25,
    save: bool = True,
) -> int:
    """Look at things.

    Args:
        *sources: What to look at.
        model: One file or several,
            with commas.
        method: How.
    """
    return len(sources)


def test_values_have_the_types_of_the_signature() -> None:
    tokens = ["a.jpg", "model=a.pt,b.pt", "method=eigen", "layers=[17, 20]", "conf=.5", "save=false", "runs/a=b.jpg"]
    assert read_settings(look, tokens, EXAMPLE) == (
        [Path("a.jpg"), Path("runs/a=b.jpg")],
        {"model": ["a.pt", "b.pt"], "method": "Eigen", "layers": [17, 20], "conf": 0.5, "save": False},
    )
    assert read_settings(look, ["model=a", "layers=None"], EXAMPLE)[1] == {"model": ["a"], "layers": None}


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (["modle=a"], r"unknown setting 'modle=a'; did you mean model="),
        (["zzz=a"], "unknown setting 'zzz=a'; settings: model, method, layers, conf, save"),
        (["model=a", "model=b"], "model= is given twice"),
        ([], f"model= is missing; for example: {EXAMPLE}"),
        (["model=a", "conf=much"], "conf=much: expected a number"),
        (["model=a", "layers=1,b"], "layers=b: expected a whole number"),
        (["model=a", "save=maybe"], "save=maybe: expected True or False"),
        (["model=a", "method=lime"], "method=lime: expected one of gradcam, Eigen"),
    ],
)
def test_mistakes_are_explained(tokens: list[str], message: str) -> None:
    with pytest.raises(SliceError, match=message):
        read_settings(look, tokens, EXAMPLE)


def test_a_word_is_refused_where_there_is_no_place_for_it() -> None:
    def without(model: str) -> int:
        return len(model)

    with pytest.raises(SliceError, match=r"'a\.jpg' is not a setting; settings are written KEY=VALUE: model"):
        read_settings(without, ["a.jpg"], EXAMPLE)


def test_help_is_the_docstring(capsys: pytest.CaptureFixture[str]) -> None:
    assert "  model=         One file or several, with commas (required)" in describe_settings(look)
    parser = argparse.ArgumentParser(prog="p")
    add_settings_command(parser.add_subparsers(), "look", look, EXAMPLE)
    with pytest.raises(SystemExit):
        parser.parse_args(["look", "--help"])
    out = capsys.readouterr().out
    assert "Look at things.\n\n  yolo-slice look model=best.pt" in out
    assert "  method=        How (default: gradcam)" in out
    arguments = parser.parse_args(["look", "x", "y", "model=a"])
    assert arguments.run(arguments) == 2
