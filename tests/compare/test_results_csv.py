"""results.csv as Ultralytics leaves it: whole, cut short, written on after a cut, gone back."""

import csv
import math
from pathlib import Path

import pytest
from run_maker import HEADER, line

from yolo_slice.compare.results_csv import Curves, read_results_csv
from yolo_slice.errors import SliceError

MAP = "metrics/mAP50-95(B)"


def read(tmp_path: Path, *lines: str, end: str = "\n") -> Curves:
    file = tmp_path / "results.csv"
    file.write_bytes(("\n".join(lines) + end).encode())
    return read_results_csv(file)


def test_a_whole_file_is_what_the_standard_library_reads(tmp_path: Path) -> None:
    curves = read(tmp_path, HEADER, *(line(e, 0.1 * e, loss=1 / e) for e in range(1, 8)))
    with (tmp_path / "results.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert curves.epochs == tuple(range(1, 8))
    assert curves.columns == {name: tuple(float(row[name]) for row in rows) for name in HEADER.split(",")}
    assert curves.findings == ()


def test_spaces_other_columns_and_epochs_from_0_of_older_hosts(tmp_path: Path) -> None:
    curves = read(
        tmp_path, "       epoch,   val/giou_loss ", "           0,            1.5 ", "           1,  ", end="\r\n"
    )
    assert curves.epochs == (1, 2)
    assert curves.columns["val/giou_loss"][0] == 1.5
    assert math.isnan(curves.columns["val/giou_loss"][1])
    assert curves.findings == ()


def test_windows_line_ends(tmp_path: Path) -> None:
    curves = read(tmp_path, HEADER + "\r", line(1, 0.1) + "\r", line(2, 0.2) + "\r")
    assert (curves.epochs, curves.columns[MAP], curves.findings) == ((1, 2), (0.1, 0.2), ())


def test_a_file_cut_anywhere_gives_its_whole_lines(tmp_path: Path) -> None:
    text = "\n".join([HEADER, *(line(e, 0.1 * e) for e in range(1, 5)), ""])
    whole = read(tmp_path, text, end="")
    for size in range(len(HEADER), len(text)):
        curves = read(tmp_path, text[:size], end="")
        count = max(0, text[:size].count("\n") - 1)
        assert curves.epochs == whole.epochs[:count], size
        assert curves.columns[MAP] == whole.columns[MAP][:count], size
        assert bool(curves.findings) == (not text[:size].endswith("\n") and size > len(HEADER)), size


def test_a_row_written_after_a_cut_one_is_left_out_with_it(tmp_path: Path) -> None:
    curves = read(tmp_path, HEADER, line(1, 0.1), line(2, 0.2)[:9] + line(2, 0.2), line(3, 0.3))
    assert (curves.epochs, curves.columns[MAP]) == ((1, 3), (0.1, 0.3))
    assert curves.findings == ("line 3 has 10 values for 8 columns, left out", "no numbers of epoch 2")


def test_what_training_went_back_over_is_dropped(tmp_path: Path) -> None:
    rows = [line(1, 0.1), line(2, 0.2), line(3, 0.3), line(4, 0.9), line(3, 0.35), line(4, 0.4), line(4, 0.45)]
    curves = read(tmp_path, HEADER, *rows)
    assert (curves.epochs, curves.columns[MAP]) == ((1, 2, 3, 4), (0.1, 0.2, 0.35, 0.45))
    assert curves.findings == (
        "line 6 starts epoch 3 again; 2 older row(s) from there left out",
        "line 8 starts epoch 4 again; 1 older row(s) from there left out",
    )
    shorter = read(tmp_path, HEADER, *rows[:5])
    assert (shorter.epochs, shorter.columns[MAP]) == ((1, 2, 3), (0.1, 0.2, 0.35))  # the 0.9 of epoch 4 is stale


def test_what_is_no_number_is_left_out_and_infinite_losses_stay(tmp_path: Path) -> None:
    rows = [
        line(1, 0.1, math.inf),
        line(2, 0.2).replace("0.9", "0.9x"),
        "\0" * 40,
        line(3, 0.3, math.nan),
        "nan" + line(4, 0)[1:],
    ]
    curves = read(tmp_path, HEADER, *rows)
    assert curves.epochs == (1, 3)
    assert curves.columns["val/box_loss"][0] == math.inf
    assert math.isnan(curves.columns["val/box_loss"][1])
    assert [finding.partition(",")[0] for finding in curves.findings] == [
        "line 3 holds something that is not a number",
        "line 4 has 1 values for 8 columns",
        "line 6 holds something that is not a number",
        "no numbers of epoch 2",
    ]


def test_many_missing_epochs_are_summed_up(tmp_path: Path) -> None:
    assert read(tmp_path, HEADER, line(9, 0.1)).findings == ("no numbers of epoch 1, 2, 3, 4, 5 and so on",)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\xff\xfe\0"])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SliceError, match=r"results\.csv: no column 'epoch'"):
        read(tmp_path, text, end="")
