"""The loss against a second writing of it, loop by loop in plain Python; finite differences; what must not break it."""

import itertools
import math

import pytest
import torch
from torchvision.ops import box_convert, generalized_box_iou

from yolo_slice.heads.anchor_detect import COCO_ANCHORS, AnchorDetect
from yolo_slice.heads.anchor_loss import AnchorLoss
from yolo_slice.heads.anchor_targets import Objects
from yolo_slice.heads.loss_settings import LossSettings

STRIDES = (8, 16, 32)
Raw = dict[str, torch.Tensor | list[torch.Tensor]]


def head(nc: int) -> AnchorDetect:
    made = AnchorDetect(nc, COCO_ANCHORS, (4, 8, 16)).double()
    made.stride = torch.tensor(STRIDES).double()
    return made


def raw(nc: int, seed: int = 0, batch: int = 2, side: int = 64) -> Raw:
    """Outputs that a head could have made; of the maps, only the sizes matter."""
    random = torch.Generator().manual_seed(seed)
    feats = [torch.zeros(batch, 1, side // s, side // s).double() for s in STRIDES]
    count = sum(3 * x.shape[2] * x.shape[3] for x in feats)
    flat = torch.randn(batch, 5 + nc, count, generator=random).double().requires_grad_()
    boxes, objectness, scores = flat.split((4, 1, nc), 1)
    return {"boxes": boxes, "objectness": objectness, "scores": scores, "feats": feats, "flat": flat}


def some_objects(nc: int) -> Objects:
    boxes = [[0.31, 0.42, 0.2, 0.3], [0.71, 0.6, 0.5, 0.9], [0.55, 0.18, 0.1, 0.12], [0.72, 0.61, 0.45, 0.8]]
    return Objects(torch.tensor([0, 0, 1, 0]), torch.arange(4) % nc, torch.tensor(boxes).double())


def no_objects() -> Objects:
    return Objects(torch.zeros(0), torch.zeros(0), torch.zeros(0, 4).double())


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def cross_entropy(logit: float, target: float) -> float:
    return -target * math.log(sigmoid(logit)) - (1 - target) * math.log(sigmoid(-logit))


def ciou(a: list[float], b: list[float]) -> float:
    (ax, ay, aw, ah), (bx, by, bw, bh) = a, b
    overlap_w = max(0.0, min(ax + aw / 2, bx + bw / 2) - max(ax - aw / 2, bx - bw / 2))
    overlap_h = max(0.0, min(ay + ah / 2, by + bh / 2) - max(ay - ah / 2, by - bh / 2))
    iou = overlap_w * overlap_h / (aw * ah + bw * bh - overlap_w * overlap_h)
    hull_w = max(ax + aw / 2, bx + bw / 2) - min(ax - aw / 2, bx - bw / 2)
    hull_h = max(ay + ah / 2, by + bh / 2) - min(ay - ah / 2, by - bh / 2)
    v = 4 / math.pi**2 * (math.atan(bw / bh) - math.atan(aw / ah)) ** 2
    return iou - ((ax - bx) ** 2 + (ay - by) ** 2) / (hull_w**2 + hull_h**2) - v * v / (1 - iou + v)


def plainly(outputs: Raw, objects: Objects, nc: int, imgsz: int, side: int = 64) -> list[float]:
    """The loss of methods.md 1.14, one prediction at a time, boxes in pixels: box, objectness, class."""
    flat = outputs["flat"].detach()  # pyright: ignore[reportAttributeAccessIssue]
    total = [0.0, 0.0, 0.0]
    start = 0
    for level, stride in enumerate(STRIDES):
        cells = side // stride
        ious, classes, target = [], [], {}
        for n, a in itertools.product(range(len(objects.image)), range(3)):
            x, y, w, h = (objects.xywhn[n] * side).tolist()
            aw, ah = COCO_ANCHORS[level][2 * a : 2 * a + 2]
            if max(w / aw, aw / w, h / ah, ah / h) >= 4:
                continue
            column, row = int(x / stride), int(y / stride)
            places = [(row, column)]
            places.append((row, column + (1 if x / stride % 1 > 0.5 else -1)))
            places.append((row + (1 if y / stride % 1 > 0.5 else -1), column))
            for r, c in places:
                if not (0 <= r < cells and 0 <= c < cells):
                    continue
                index = start + (a * cells + r) * cells + c
                image = int(objects.image[n])
                t = flat[image, :, index].tolist()
                box = [(2 * sigmoid(t[0]) - 0.5 + c) * stride, (2 * sigmoid(t[1]) - 0.5 + r) * stride]
                box += [(2 * sigmoid(t[2])) ** 2 * aw, (2 * sigmoid(t[3])) ** 2 * ah]
                quality = ciou(box, [x, y, w, h])
                ious.append(1 - quality)
                target[image, index] = max(target.get((image, index), 0), quality, 0)
                classes += [cross_entropy(t[5 + k], float(k == int(objects.label[n]))) for k in range(nc)]
        end = start + 3 * cells * cells
        everywhere = [
            cross_entropy(flat[b, 4, i].item(), target.get((b, i), 0.0)) for b in range(2) for i in range(start, end)
        ]
        total[0] += sum(ious) / len(ious) if ious else 0
        total[1] += (4.0, 1.0, 0.4)[level] * sum(everywhere) / len(everywhere)
        total[2] += sum(classes) / len(classes) if classes and nc > 1 else 0
        start = end
    return [total[0] * 0.05, total[1] * (imgsz / 640) ** 2, total[2] * 0.5 * nc / 80]


@pytest.mark.parametrize(("nc", "imgsz"), [(3, 640), (1, 640), (80, 320)])
def test_equals_the_loss_written_out_in_loops(nc: int, imgsz: int) -> None:
    outputs, objects = raw(nc), some_objects(nc)
    losses = AnchorLoss(head(nc), LossSettings(), imgsz)(outputs, objects)
    assert losses.tolist() == pytest.approx(plainly(outputs, objects, nc, imgsz), rel=1e-5)
    assert (losses[2] == 0) == (nc == 1)


def test_one_prediction_by_hand() -> None:
    """One level, one cell, one anchor of 8x8 px, an object of the same size in the middle, all outputs 0.

    xy = 2*0.5 - 0.5 = the cell's middle, wh = (2*0.5)^2 * 8: the box is the object, so CIoU = 1 and the box loss 0;
    objectness and classes are at 0.5, so each cross-entropy is ln 2.
    """
    detect = AnchorDetect(2, [[8, 8]], (4,)).double()
    detect.stride = torch.tensor([8.0])
    outputs: Raw = {"boxes": torch.zeros(1, 4, 1), "objectness": torch.zeros(1, 1, 1), "scores": torch.zeros(1, 2, 1)}
    outputs["feats"] = [torch.zeros(1, 4, 1, 1)]
    target = Objects(torch.zeros(1), torch.ones(1), torch.tensor([[0.5, 0.5, 1.0, 1.0]]))
    settings = LossSettings(box=1, obj=1, cls=40)
    losses = AnchorLoss(detect, settings)(outputs, target)
    by_level = 3 / 1  # gains are for three levels
    assert losses.tolist() == pytest.approx([0, 4 * math.log(2) * by_level, math.log(2) * by_level], abs=1e-5)


@pytest.mark.long
def test_gradient_equals_finite_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each part by itself, because the objectness target is a constant, as published.

    So is a part of CIoU (see test_complete_iou.py): GIoU, which has no such part, takes its place here.
    """

    def giou(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return generalized_box_iou(*(box_convert(x, "cxcywh", "xyxy") for x in (a, b))).diagonal()

    monkeypatch.setattr("yolo_slice.heads.anchor_loss.complete_iou", giou)
    outputs, objects, loss = raw(3), some_objects(3), AnchorLoss(head(3), LossSettings())
    flat = outputs["flat"]
    assert isinstance(flat, torch.Tensor)
    box, objectness, classes = loss(outputs, objects)
    box_slope, class_slope = (torch.autograd.grad(x, flat, retain_graph=True)[0] for x in (box, classes))
    objectness_slope = torch.autograd.grad(objectness, flat)[0]
    assert not objectness_slope[:, :4].any()
    random = torch.Generator().manual_seed(5)
    moved = box_slope.abs().sum(1).nonzero().tolist()
    places = [(b, c, i) for b, i in moved[:6] for c in range(8)]
    places += [(0, 4, int(i)) for i in torch.randint(0, flat.shape[2], (5,), generator=random)]
    for place in places:
        step = torch.zeros_like(flat)
        step[place] = 1e-6
        up, down = ((loss(shift(outputs, sign * step), objects)) for sign in (1, -1))
        slopes = ((up - down) / 2e-6).tolist()
        assert box_slope[place].item() == pytest.approx(slopes[0], rel=1e-3, abs=1e-8)
        assert class_slope[place].item() == pytest.approx(slopes[2], rel=1e-4, abs=1e-9)
        if place[1] == 4:
            assert objectness_slope[place].item() == pytest.approx(slopes[1], rel=1e-4, abs=1e-9)


def shift(outputs: Raw, step: torch.Tensor) -> Raw:
    flat = outputs["flat"].detach() + step  # pyright: ignore[reportAttributeAccessIssue]
    boxes, objectness, scores = flat.split((4, 1, flat.shape[1] - 5), 1)
    return {"boxes": boxes, "objectness": objectness, "scores": scores, "feats": outputs["feats"]}


def test_images_without_objects_teach_objectness_only() -> None:
    outputs = raw(3)
    flat = outputs["flat"]
    losses = AnchorLoss(head(3), LossSettings())(outputs, no_objects())
    (slope,) = torch.autograd.grad(losses.sum(), flat)  # pyright: ignore[reportArgumentType]
    assert losses[[0, 2]].tolist() == [0, 0]
    assert losses[1].item() == pytest.approx(plainly(outputs, no_objects(), 3, 640)[1])
    assert (slope[:, 4] > 0).all()
    assert not slope[:, [0, 1, 2, 3, 5, 6, 7]].any()


def test_half_precision_outputs_are_judged_in_float32() -> None:
    exact, objects, loss = raw(3), some_objects(3), AnchorLoss(head(3).float(), LossSettings())
    rounded = shift(exact, torch.zeros(()).double())
    for kind in (torch.float16, torch.bfloat16):
        half = {key: value.to(kind) if isinstance(value, torch.Tensor) else value for key, value in rounded.items()}
        again = {key: value.float() if isinstance(value, torch.Tensor) else value for key, value in half.items()}
        assert loss(half, objects).dtype == torch.float32
        assert torch.equal(loss(half, objects), loss(again, objects))
        huge = {**half, "objectness": torch.full_like(half["objectness"], 6e4)}  # pyright: ignore[reportArgumentType]
        assert loss(huge, objects).isfinite().all()


def test_duplicated_objects_do_not_depend_on_their_order() -> None:
    outputs, objects, loss = raw(3), some_objects(3), AnchorLoss(head(3), LossSettings())
    order = torch.tensor([3, 1, 0, 2])
    turned = Objects(objects.image[order], objects.label[order], objects.xywhn[order])
    torch.testing.assert_close(loss(outputs, turned), loss(outputs, objects), rtol=1e-12, atol=0)
