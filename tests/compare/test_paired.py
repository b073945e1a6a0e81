"""Paired statistics: by hand, against scipy's numbers, in degenerate cases, and on simulated studies."""

import math
import random

import pytest

from yolo_slice.compare.paired import BETTER, NO_SPREAD, TOO_FEW, UNDECIDED, WORSE, Paired, holm, pair, verdicts
from yolo_slice.compare.student import inside, limit

# mAP50-95 of four seeds that were trained, and a fifth made up
STOCK = {0: 0.342, 1: 0.366, 2: 0.327, 3: 0.378, 4: 0.351}
OURS = {0: 0.303, 1: 0.328, 2: 0.292, 3: 0.268, 4: 0.349}


def numbers(one: Paired) -> tuple[float | None, ...]:
    return one.mean, one.low, one.high, one.p


def test_three_seeds_are_as_by_hand() -> None:
    one = pair({0: 0.31, 1: 0.42, 2: 0.53}, {0: 0.30, 1: 0.40, 2: 0.50})
    # differences .01 .02 .03: mean .02, sd .01; t = .02 / (.01 / sqrt 3) = sqrt 12; with 2 df p = 1 - t / sqrt(2 + t^2)
    reach = 4.302652729911275 * 0.01 / math.sqrt(3)
    assert numbers(one) == pytest.approx((0.02, 0.02 - reach, 0.02 + reach, 1 - math.sqrt(12 / 14)), abs=1e-12)
    assert (one.seeds, one.wins, one.ties) == ((0, 1, 2), 3, 0)


@pytest.mark.parametrize(
    ("seeds", "expected"),  # scipy 1.17.1: r = ttest_rel(ours, stock); mean, *r.confidence_interval(0.95), r.pvalue
    [
        (2, (-0.0385, -0.04485310236808771, -0.0321468976319123, 0.00826732447654168)),
        (4, (-0.0555, -0.11337766627766796, 0.0023776662776679516, 0.0553533906164397)),
        (5, (-0.0448, -0.0939156199624519, 0.004315619962451882, 0.06449373085564278)),
    ],
)
def test_pairs_are_those_of_scipy(seeds: int, expected: tuple[float, ...]) -> None:
    one = pair({seed: OURS[seed] for seed in range(seeds)}, STOCK)
    assert numbers(one) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("t", "df", "expected"),  # scipy 1.17.1: 1 - 2 * stats.t.sf(t, df)
    [
        (0.0, 1, 0.0),
        (0.5, 3, 0.34855203515184896),
        (2.0, 4, 0.8838834764831844),
        (2.0, 5, 0.8980605211701417),
        (3.0, 9, 0.9850436360895858),
        (1.0, 29, 0.6744180119838064),
        (50.0, 2, 0.9996002398401119),
        (4.0, 200, 0.999910869047814),
    ],
)
def test_students_distribution_is_that_of_scipy(t: float, df: int, expected: float) -> None:
    assert inside(t, df) == pytest.approx(expected, abs=1e-13)


def test_students_limits_are_those_of_the_tables() -> None:
    table = {1: 12.7062, 2: 4.3027, 3: 3.1824, 4: 2.7764, 5: 2.5706, 9: 2.2622, 10: 2.2281, 30: 2.0423, 120: 1.9799}
    assert {df: round(limit(0.95, df), 4) for df in table} == table
    assert inside(limit(0.9, 7), 7) == pytest.approx(0.9, abs=1e-14)


def test_seeds_that_one_lacks_and_values_that_are_no_numbers_are_left_out() -> None:
    ours = {0: 0.5, 1: math.nan, 2: 0.5, 3: None, 4: 0.5, 5: math.inf, 6: 0.5}
    theirs = {6: 0.4, 5: 0.4, 4: None, 3: 0.4, 1: 0.4, 0: 0.6, 9: 0.1}
    one = pair(ours, theirs)
    assert one.seeds == (0, 6)
    assert (one.mean, one.wins) == (pytest.approx(0.0), 1)
    assert pair({0: 0.5}, {1: 0.5}) == Paired(())


def test_one_seed_has_a_difference_and_nothing_else() -> None:
    assert pair({7: 0.75}, {7: 0.5}) == Paired((7,), 0.25, wins=1)


def test_a_model_against_itself_has_no_difference() -> None:
    one = pair(STOCK, dict(STOCK))
    assert one == Paired((0, 1, 2, 3, 4), 0.0, 0.0, 0.0, 0, 5, 1.0)
    assert verdicts([one]) == [(1.0, UNDECIDED)]


def test_the_same_difference_in_every_seed_is_no_verdict() -> None:
    one = pair({0: 0.3, 1: 0.4, 2: 0.5}, {0: 0.2, 1: 0.3, 2: 0.4})  # 0.1 but for rounding
    assert (one.mean, one.low, one.high, one.p) == (pytest.approx(0.1), one.mean, one.mean, None)
    assert verdicts([one]) == [(None, NO_SPREAD)]


def test_holm_is_as_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])  # R: p.adjust(..., "holm")
    assert holm([0.02, None, 0.04]) == [0.06, None, 0.08]
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_fewer_than_three_seeds_have_no_verdict_however_clear() -> None:
    clear = pair({0: 0.9, 1: 0.8}, {0: 0.1, 1: 0.00001})
    assert clear.p is not None
    assert clear.p < 0.05
    assert verdicts([clear, Paired(())]) == [(None, TOO_FEW), (None, TOO_FEW)]


def test_what_was_to_be_compared_counts_in_the_correction_though_it_has_no_result() -> None:
    found = pair(OURS, {seed: value + 0.05 + seed / 100 for seed, value in OURS.items()})
    assert found.p is not None
    assert verdicts([found]) == [(pytest.approx(found.p), WORSE)]
    assert verdicts([found, Paired(())])[0] == (pytest.approx(2 * found.p), WORSE)
    assert verdicts([Paired((0, 1, 2), 0.1, 0.0, 0.2, 3, 0, 0.02)] * 2 + [Paired(())])[0] == (0.06, UNDECIDED)
    assert verdicts([Paired((0, 1, 2), 0.1, 0.0, 0.2, 3, 0, 0.02)])[0] == (0.02, BETTER)


def simulated(rng: random.Random, arms: int, seeds: int, gain: float) -> list[str]:
    """A study: luck that arms of one seed share, luck of their own, and a gain of the first arm."""
    shared = [rng.gauss(0.35, 0.02) for _ in range(seeds)]
    base = {seed: value + rng.gauss(0, 0.01) for seed, value in enumerate(shared)}
    trained = [
        {seed: value + rng.gauss(0, 0.01) + (gain if arm == 0 else 0) for seed, value in enumerate(shared)}
        for arm in range(arms)
    ]
    return [verdict for _, verdict in verdicts([pair(one, base) for one in trained])]


@pytest.mark.parametrize(
    ("arms", "seeds"),
    [(1, 3), (3, 3), pytest.param(3, 5, marks=pytest.mark.long), pytest.param(5, 6, marks=pytest.mark.long)],
)
def test_without_a_difference_false_verdicts_are_at_most_five_in_a_hundred_studies(arms: int, seeds: int) -> None:
    rng, studies = random.Random(2026), 2000
    false = sum(any(verdict != UNDECIDED for verdict in simulated(rng, arms, seeds, 0)) for _ in range(studies))
    error = math.sqrt(0.05 * 0.95 / studies)
    assert false / studies < 0.05 + 3 * error
    assert false / studies > (0.05 - 3 * error if arms == 1 else 0)  # one arm: exactly the level of the test


def test_without_holm_false_verdicts_would_be_more() -> None:
    rng, studies = random.Random(2026), 1000
    shared = [
        [pair({s: rng.gauss(0, 1) for s in range(5)}, dict.fromkeys(range(5), 0.0)) for _ in range(5)]
        for _ in range(studies)
    ]
    assert sum(any(one.p < 0.05 for one in study) for study in shared) / studies > 0.15
    assert sum(any(v != UNDECIDED for _, v in verdicts(study)) for study in shared) / studies < 0.07


def test_a_real_difference_is_found() -> None:
    rng, studies = random.Random(7), 300
    found = [simulated(rng, 3, 5, -0.08) for _ in range(studies)]
    assert sum(first == WORSE for first, *_ in found) / studies > 0.95
    assert not any(first == BETTER for first, *_ in found)
