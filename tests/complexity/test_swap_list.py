"""`yolo-slice list kind=`: what a suffix can stand for, and what it costs."""

import json
import math

import pytest

from yolo_slice import cli
from yolo_slice.complexity.swap_list import TABLE, listed_sizes, measure_size, swap_table
from yolo_slice.integration.model_files.suffixes import words
from yolo_slice.paths import CFG

# Millions of parameters of yolov8n with other prototypes of the same operators
ELSEWHERE = {
    "": 3.157,
    "adown": 2.741,
    "blurconv": 3.157,
    "blurdown": 2.645,
    "dpp": 2.646,
    "drfd": 3.177,
    "essamp": 3.131,
    "hwd": 2.837,
    "k2s2": 2.837,
    "lawds": 2.941 - (64 * 64 + 128 * 128 + 2 * 192) / 1e6,  # that one mixes where the channels stay, too
    "liftdown": 2.666,
    "lip": 3.026,
    "maxpool": 2.645,
    "mixedpool": 2.646,
    "scdown": 2.653,
    "slicesamp": 2.856,
    "v7down": 2.888,
    "carafe": 3.297,
    "convtranspose": 3.485,
    "dysample": 3.170,
    "eucb": 3.244,
    "liftup": 3.505,
    "pixelshuffle": 3.486,
    "sliceupsamp": 3.180,
}


def test_the_shipped_table_is_complete_and_agrees_with_other_prototypes() -> None:
    sizes = {size.word: size for size in listed_sizes()}
    assert sizes.keys() == {"", *dict(words())}, f"{TABLE.name}: yolo-slice list readme=True"
    for word, millions in ELSEWHERE.items():
        assert sizes[word].params / 1e6 == pytest.approx(millions, abs=6e-4), word
    assert all(math.isfinite(size.gflops) and size.gflops > 5 for size in sizes.values())


@pytest.mark.slow
@pytest.mark.parametrize("word", ["drfd"])
def test_the_shipped_table_is_what_ultralytics_counts(word: str) -> None:
    (listed,) = [size for size in listed_sizes() if size.word == word]
    counted = measure_size(word)
    assert (counted.params, counted.gflops) == (listed.params, pytest.approx(listed.gflops, abs=1e-5))


@pytest.mark.parametrize("kind", ["down", "up"])
def test_it_lists_one_direction_and_the_page_has_the_same(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list", f"kind={kind}"]) == 0
    table = capsys.readouterr().out.partition("\n\n")[0]
    assert table == swap_table(kind)
    assert all((f"| `-{word}` |" in table) == (swap.direction == kind) for word, swap in words())
    assert f"<!-- {kind} -->\n{table}\n<!-- /{kind} -->" in (CFG.parent / "docs" / "blocks.md").read_text("utf-8")
    assert cli.main(["list", f"kind={kind}", "json=True"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed[0]["suffix"] == ""
    assert {"HWD", "Conv"} <= {row["module"] for row in listed} or kind == "up"


def test_a_wrong_kind_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list", "kind=downn"]) == 2
    assert "kind=downn" in capsys.readouterr().err
