"""Autoanchor: the measure against loops, the search on data whose clusters are known, repeatable, and its refusals."""

import itertools

import pytest
import torch

from yolo_slice.heads.anchor_fit import _fitness, measure_fit, search_anchors

CENTRES = torch.tensor([[6.0, 90.0], [12.0, 14.0], [300.0, 8.0], [80.0, 76.0]])


def clusters(count: int = 400) -> torch.Tensor:
    random = torch.Generator().manual_seed(0)
    return CENTRES.repeat(count // 4, 1) * (1 + 0.05 * torch.randn(count, 2, generator=random))


def test_measure_equals_a_loop() -> None:
    random = torch.Generator().manual_seed(1)
    wh, anchors = torch.rand(100, 2, generator=random) * 100 + 1, torch.rand(9, 2, generator=random) * 100 + 1
    fits = [
        [max(w / aw, aw / w, h / ah, ah / h) < 2 for aw, ah in anchors.tolist()] for w, h in wh.tolist()
    ]  # fmt: skip
    found = measure_fit(wh, anchors, 2)
    assert found.recall == pytest.approx(sum(map(any, fits)) / 100)
    assert found.anchors_an_object == pytest.approx(sum(itertools.chain(*fits)) / 100)


def test_objects_that_no_anchor_fits_count_nothing_in_the_search() -> None:
    wh = torch.tensor([[10.0, 10.0], [20.0, 10.0], [100.0, 10.0]])  # closeness 1, 1/2, and 1/10: below 1/4
    assert _fitness(wh, torch.tensor([[10.0, 10.0], [300.0, 300.0]]), 4.0) == pytest.approx(1.5 / 3)


def test_search_finds_the_clusters() -> None:
    found = search_anchors(clusters(), 4, 4.0)
    expected = CENTRES[CENTRES.prod(1).argsort()]
    torch.testing.assert_close(found, expected, rtol=0.05, atol=0)
    assert measure_fit(clusters(), found, 1.5).recall > 0.99


@pytest.mark.long
def test_search_is_repeatable_sorted_and_survives_float16() -> None:
    first = search_anchors(clusters(), 6, 4.0, seed=3)
    assert torch.equal(first, search_anchors(clusters(), 6, 4.0, seed=3))
    assert not torch.equal(first, search_anchors(clusters(), 6, 4.0, seed=4))
    assert torch.equal(first, first.half().float())
    assert (first.prod(1).diff() >= 0).all()


def test_too_few_or_too_small_objects_are_refused() -> None:
    with pytest.raises(ValueError, match=r"3 objects .* too few for 9"):
        search_anchors(CENTRES[:3], 9, 4.0)
    with pytest.raises(ValueError, match="0 objects"):
        search_anchors(torch.ones(50, 2), 9, 4.0)


def test_equal_objects_do_not_break_it() -> None:
    found = search_anchors(torch.full((20, 2), 30.0), 3, 4.0)
    assert found.isfinite().all()
    assert measure_fit(torch.full((20, 2), 30.0), found, 4.0).recall == 1
