"""Medians, percentiles and intervals, counted by hand."""

import pytest

from yolo_slice.bench.ratios import Ratio, median, p90, paired_ratio


def test_a_ratio_is_taken_within_a_round() -> None:
    # Ratios 2, 3 and 1, whose median is 2; the ratio of the medians of the times, 4 over 4, would be 1.
    assert paired_ratio([[2.0, 30.0, 4.0]], [[1.0, 10.0, 4.0]]).ratio == 2
    # Ratios 2, 2, 2, though the machine became ten times slower meanwhile.
    assert paired_ratio([[2.0, 20.0, 4.0]], [[1.0, 10.0, 2.0]]) == Ratio(2.0, 2.0, 2.0)


def test_the_interval_of_two_rounds_of_one_process() -> None:
    # Draws of (1, 2): both 1 in a quarter, both 2 in a quarter, median 1.5 in the rest: 2.5 % is 1 and 97.5 % is 2.
    assert paired_ratio([[1.0, 2.0]], [[1.0, 1.0]]) == Ratio(1.5, 1.0, 2.0)


def test_processes_and_not_rounds_say_how_sure_a_ratio_is() -> None:
    # Two processes of a hundred equal rounds each: both draws are the first, or the second, in a quarter of the cases.
    ours, theirs = [[1.0] * 100, [3.0] * 100], [[1.0] * 100] * 2
    assert paired_ratio(ours, theirs) == Ratio(2.0, 1.0, 3.0)


def test_a_model_against_itself_is_one() -> None:
    seconds = [[0.1, 0.3, 0.2], [0.4, 0.5, 0.6]]
    assert paired_ratio(seconds, seconds) == Ratio(1.0, 1.0, 1.0)


def test_median_and_p90() -> None:
    seconds = [[1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, 9.0, 110.0]]
    assert median(seconds) == 5.5
    assert p90(seconds) == pytest.approx(9 + 0.1 * 101)  # a tenth of the way from the ninth of ten to the last
