"""CIoU against torchvision's, against hand arithmetic, and where it could break."""

import math

import pytest
import torch
from torchvision.ops import box_convert, complete_box_iou

from yolo_slice.heads.complete_iou import complete_iou


def boxes(count: int, seed: int) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.rand(count, 4, generator=random, dtype=torch.float64) * 10 + 0.1


def test_equals_torchvision() -> None:
    a, b = boxes(500, 0), boxes(500, 1)
    a[:250, :2] = b[:250, :2] + 0.3  # half of them overlap
    theirs = complete_box_iou(*(box_convert(x, "cxcywh", "xyxy") for x in (a, b)), eps=1e-7).diagonal()
    torch.testing.assert_close(complete_iou(a, b), theirs, rtol=1e-5, atol=1e-7)


def test_equals_hand_arithmetic() -> None:
    """4x2 and 2x2 with the same left and top: overlap 4 of union 8, centres 1 apart, diagonal 4x2, angles differ."""
    a, b = torch.tensor([[2.0, 1, 4, 2]]).double(), torch.tensor([[1.0, 1, 2, 2]]).double()
    v = 4 / math.pi**2 * (math.atan(2) - math.atan(1)) ** 2
    assert complete_iou(a, b).item() == pytest.approx(0.5 - 1 / 20 - v * v / (0.5 + v), abs=1e-6)


def test_is_one_for_equal_boxes_and_finite_for_boxes_without_area() -> None:
    a = boxes(10, 2)
    torch.testing.assert_close(complete_iou(a, a), torch.ones(10).double())
    flat = torch.tensor([[1.0, 1, 0, 0]], requires_grad=True)
    value = complete_iou(flat, torch.tensor([[1.0, 1, 2, 2]]))
    value.sum().backward()
    assert value.isfinite().all()
    assert flat.grad is not None
    assert flat.grad.isfinite().all()


def test_gradient_treats_alpha_as_a_constant() -> None:
    """Finite differences of IoU - d^2/c^2 - alpha v with alpha held where it is."""
    a = torch.tensor([[5.0, 5.0, 6.0, 2.0]], dtype=torch.float64, requires_grad=True)
    b = torch.tensor([[5.2, 5.1, 3.0, 4.0]]).double()  # another shape, so that alpha matters
    complete_iou(a, b).sum().backward()

    def parts(x: torch.Tensor) -> tuple[float, float]:
        angle = torch.atan(b[0, 2] / b[0, 3]) - torch.atan(x[0, 2] / x[0, 3])
        v = (4 / math.pi**2 * angle**2).item()
        from_distance = complete_box_iou(*(box_convert(y, "cxcywh", "xyxy") for y in (x, b)))[0, 0].item()
        iou = iou_of(x, b)
        return from_distance + v * v / (1 - iou + v), v

    def iou_of(x: torch.Tensor, y: torch.Tensor) -> float:
        from torchvision.ops import box_iou

        return box_iou(*(box_convert(z, "cxcywh", "xyxy") for z in (x, y)))[0, 0].item()

    v0 = parts(a.detach())[1]
    alpha = v0 / (1 - iou_of(a.detach(), b) + v0)
    assert a.grad is not None
    for side in range(4):
        step = torch.zeros(1, 4).double()
        step[0, side] = 1e-6
        (up, v_up), (down, v_down) = parts(a.detach() + step), parts(a.detach() - step)
        slope = (up - alpha * v_up - down + alpha * v_down) / 2e-6
        assert a.grad[0, side].item() == pytest.approx(slope, rel=1e-4, abs=1e-7)
