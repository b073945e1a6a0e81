"""A run that could not tell a model from itself gives no number."""

import pytest

from yolo_slice.bench.ratios import Ratio
from yolo_slice.bench.validity import invalid_because


@pytest.mark.parametrize(
    ("again", "wall", "busy", "reason"),
    [
        (Ratio(1.0, 0.99, 1.01), 10.0, 9.9, ""),
        (Ratio(1.0, 0.951, 1.05), 10.0, 8.1, ""),  # just narrow enough, and just quiet enough
        (Ratio(1.004, 1.003, 1.02), 10.0, 10.0, ""),  # 1.00 as printed
        (Ratio(1.0, 0.94, 1.05), 10.0, 9.9, "too noisy: "),
        (Ratio(1.02, 1.01, 1.03), 10.0, 9.9, "biased: "),
        (Ratio(0.98, 0.97, 0.99), 10.0, 9.9, "biased: "),
        (Ratio(1.0, 1.0, 1.0), 10.0, 6.0, "a busy machine: the models waited 40% of the time"),
        (Ratio(1.0, 1.0, 1.0), 10.0, 19.0, "more than one thread ran: 1.90 s of processor time"),
    ],
)
def test_reasons(again: Ratio, wall: float, busy: float, reason: str) -> None:
    found = invalid_because(again, wall, busy, is_one_thread=True)
    assert found.startswith(reason)
    assert bool(found) == bool(reason)


def test_processor_time_of_several_threads_says_nothing_about_waiting() -> None:
    assert invalid_because(Ratio(1.0, 1.0, 1.0), 10.0, 19.0, is_one_thread=False) == ""
    assert invalid_because(Ratio(1.0, 1.0, 1.0), 10.0, 2.0, is_one_thread=False) == ""
