"""The engine, with runs that cost what they are told to."""

import random
import time

from fake_machine import FakeMachine

from yolo_slice.bench.clocks import cpu_clock
from yolo_slice.bench.rounds import measure_rounds

LABELS = ("base", "base again", "heavy")


def test_every_model_runs_once_a_round_in_orders_that_change() -> None:
    ran: list[str] = []
    runs = {label: lambda label=label: ran.append(label) for label in LABELS}
    _, rounds = measure_rounds(runs, FakeMachine().measure, 30, 0.0, random.Random(0))
    orders = [tuple(each) for each in rounds]
    assert all(sorted(order) == sorted(LABELS) for order in orders)
    assert ran[1:] == [label for order in orders for label in order]  # the first is the one that counts the calls
    assert len({*orders}) == 6
    assert all(8 <= sum(order[0] == label for order in orders) <= 12 or label for label in LABELS)


def test_a_sample_is_as_many_calls_as_last_long_enough() -> None:
    machine = FakeMachine()
    counted = dict.fromkeys(LABELS, 0)

    def run(label: str, seconds: float) -> None:
        counted[label] += 1
        machine.now += seconds

    runs = {label: lambda label=label: run(label, 0.005 * (1 + (label == "heavy"))) for label in LABELS}
    calls, rounds = measure_rounds(runs, machine.measure, 3, 0.02, random.Random(0))
    assert calls == 4
    assert counted == {"base": 3 * 4 + 1, "base again": 3 * 4, "heavy": 3 * 4}
    assert all(abs(each["heavy"].busy / each["base"].busy - 2) < 1e-9 for each in rounds)


def test_processor_time_does_not_count_waiting() -> None:
    slept = cpu_clock(lambda: time.sleep(0.05), 1)
    assert slept.wall >= 0.05
    assert slept.busy < 0.04
