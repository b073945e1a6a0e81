"""The words after a command: types from the settings class, three spellings of a setting, mistakes explained."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from yolo_slice.cli.words import read_settings
from yolo_slice.errors import SliceError

EXAMPLE = "yolo-slice look here model=best.pt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Look at things."""

    source: Path
    model: tuple[str, ...]
    method: Literal["gradcam", "Eigen"] = "gradcam"
    layers: tuple[int, ...] | None = None
    conf: float = 0.25
    save: bool = True
    dry_run: bool = False
    note: str | None = None
    others: tuple[Path, ...] = ()


def look(*words: str) -> Look:
    return read_settings(Look, words, ("source", "others"), EXAMPLE)


def test_values_have_the_types_of_the_fields() -> None:
    words = ["a.jpg", "model=a.pt,b.pt", "method=eigen", "layers=[17, 20]", "conf=.5", "save=FALSE", "runs/a=b.jpg"]
    assert look(*words) == Look(
        source=Path("a.jpg"),
        model=("a.pt", "b.pt"),
        method="Eigen",
        layers=(17, 20),
        conf=0.5,
        save=False,
        others=(Path("runs/a=b.jpg"),),
    )
    assert look("a", "model=a", "layers=None", "note=").layers is None


@pytest.mark.parametrize(
    "words",
    [
        ["source=a", "model=b", "conf=1", "dry_run=true", "note=x=y"],
        ["a", "--model", "b", "--conf", "1", "--dry_run", "--note=x=y"],
        ["--conf=1", "--note", "x=y", "--dry-run", "a", "--model=b"],
        ["--dry-run", "True", "model=b", "--source", "a", "conf=1.0", "note=x=y"],
    ],
)
def test_spellings_are_the_same(words: list[str]) -> None:
    assert look(*words) == Look(source=Path("a"), model=("b",), conf=1.0, dry_run=True, note="x=y")


def test_a_word_after_a_boolean_is_its_value_only_if_it_is_true_or_false() -> None:
    assert look("model=b", "--save", "false", "a") == look("model=b", "--dry_run", "False", "a", "save=False")
    assert look("model=b", "--save", "a").source == Path("a")


def test_words_go_to_their_places_in_order_and_keep_their_commas() -> None:
    assert look("a", "b,c", "d", "model=m").others == (Path("b,c"), Path("d"))
    assert look("--source", "-1", "model=m").source == Path("-1")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["modle=a"], "unknown setting 'modle=a'; did you mean model=?"),
        (["--modle", "a"], "unknown setting '--modle'; did you mean model=?"),
        (["zzz=a"], "unknown setting 'zzz=a'; settings: source, model, method, layers, conf, save"),
        (["model=a", "--model=b"], "model= is given twice; give it once"),
        (["a", "model=a", "source=b"], "source= is given twice, 'a' is it, too; give it once"),
        (["a"], f"model= is missing; for example: {EXAMPLE}"),
        (["a", "--model"], "--model has no value; write model=VALUE or --model VALUE"),
        (["a", "--model", "--save"], "--model has no value; write model=VALUE or --model VALUE"),
        (["a", "model=a", "conf=much"], "conf=much: expected a number"),
        (["a", "model=a", "layers=1,b"], "layers=b: expected a whole number"),
        (["a", "model=a", "save=maybe"], "save=maybe: expected True or False"),
        (["a", "model=a", "method=lime"], "method=lime: expected one of gradcam, Eigen"),
    ],
)
def test_mistakes_are_explained(words: list[str], message: str) -> None:
    with pytest.raises(SliceError) as error:
        look(*words)
    assert str(error.value).startswith(message)


def test_a_word_is_refused_where_there_is_no_place_for_it() -> None:
    with pytest.raises(SliceError, match=r"'a\.jpg' is not a setting; settings are written key=value: source, model"):
        read_settings(Look, ["a.jpg"], ())
