"""mAcc against numbers by hand, in the table, and left alone where Ultralytics has it."""

from types import SimpleNamespace

import pytest
import torch

semantic = pytest.importorskip(
    "ultralytics.models.yolo.semantic.val", reason="this ultralytics has no semantic segmentation", exc_type=ImportError
)

from yolo_slice.integration.hooks.mean_accuracy import KEY, patch  # noqa: E402 - not before it is known that Ultralytics has the task


def measured(found: list[int], truth: list[int], classes: int) -> semantic.SemanticMetrics:
    metrics = semantic.SemanticMetrics(names=dict(enumerate("abcd"[:classes])))
    metrics.update_stats(*(torch.tensor(values, dtype=torch.int32).view(1, 1, -1) for values in (found, truth)))
    metrics.process()
    return metrics


def test_by_hand() -> None:
    """Of class a 3 of 4 pixels are found, of b 1 of 2; c is not there, though it is predicted; 255 does not count."""
    metrics = measured([0, 0, 0, 1, 1, 2, 2], [0, 0, 0, 0, 1, 1, 255], 3)
    assert metrics.mean_accuracy == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert metrics.pixel_accuracy == pytest.approx(4 / 6)
    assert metrics.keys == ["metrics/mIoU", "metrics/pixel_acc", KEY]
    assert metrics.results_dict[KEY] == metrics.mean_results()[2] == metrics.mean_accuracy
    assert [metrics.class_result(i) for i in (0, 1)] == [
        pytest.approx([3 / 4, 3 / 4, 3 / 4]),
        pytest.approx([1 / 3, 1 / 2, 1 / 2]),
    ]
    assert metrics.results_dict["fitness"] == metrics.miou


def test_of_one_class_it_is_that_ones_and_of_nothing_it_is_zero() -> None:
    assert measured([1, 0, 0, 0], [1, 1, 1, 0], 1).mean_accuracy == pytest.approx(1 / 3)
    assert measured([0, 0], [255, 255], 2).mean_accuracy == 0
    assert semantic.SemanticMetrics().mean_results() == [0, 0, 0]


def test_the_table_has_a_head_for_every_column() -> None:
    header = semantic.SemanticSegmentationValidator.get_desc(SimpleNamespace())
    assert header.split()[-3:] == ["mIoU", "PixAcc", "mAcc"]
    assert len(header) == 22 + 11 * 5


def test_an_ultralytics_that_has_it_is_left_alone() -> None:
    class Metrics:
        keys = property(lambda self: ["metrics/mIoU", KEY])

    before = dict(vars(Metrics))
    patch(SimpleNamespace(SemanticMetrics=Metrics))
    assert vars(Metrics) == before
