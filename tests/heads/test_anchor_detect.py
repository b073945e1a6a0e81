"""The head: decoding by hand, its raw output, its start, what it refuses, how it travels."""

import copy
import io
import itertools
import math
import pickle
from collections.abc import Sequence

import pytest
import torch
from torch import nn

from yolo_slice.errors import SliceError
from yolo_slice.heads.anchor_detect import COCO_ANCHORS, AnchorDetect

STRIDES = (8, 16, 32)
CHANNELS = (4, 8, 16)


def head(nc: int = 3, anchors: Sequence[Sequence[float]] = COCO_ANCHORS) -> AnchorDetect:
    torch.manual_seed(0)
    made = AnchorDetect(nc, anchors, CHANNELS[: len(anchors)])
    made.stride = torch.tensor(STRIDES[: len(anchors)]).float()
    return made


def maps(hw: tuple[int, int] = (64, 96), batch: int = 2) -> list[torch.Tensor]:
    random = torch.Generator().manual_seed(1)
    return [
        torch.randn(batch, c, hw[0] // s, hw[1] // s, generator=random) * 3
        for c, s in zip(CHANNELS, STRIDES, strict=True)
    ]


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


@pytest.mark.parametrize("nc", [1, 3])
def test_decoding_equals_the_formula_prediction_by_prediction(nc: int) -> None:
    detect, inputs = head(nc).eval(), maps()
    decoded = detect(inputs)[0]
    outputs = [conv(x) for conv, x in zip(detect.m, inputs, strict=True)]
    expected: list[list[list[float]]] = [[] for _ in range(2)]
    for image, level in itertools.product(range(2), range(3)):
        y, stride = outputs[level][image], STRIDES[level]
        for a, row, column in itertools.product(range(3), range(y.shape[1]), range(y.shape[2])):
            t = y[a * (5 + nc) : (a + 1) * (5 + nc), row, column].tolist()
            w, h = COCO_ANCHORS[level][2 * a : 2 * a + 2]
            expected[image].append([
                (2 * sigmoid(t[0]) - 0.5 + column) * stride,
                (2 * sigmoid(t[1]) - 0.5 + row) * stride,
                (2 * sigmoid(t[2])) ** 2 * w,
                (2 * sigmoid(t[3])) ** 2 * h,
                *([sigmoid(t[4])] if nc == 1 else [sigmoid(t[4]) * sigmoid(c) for c in t[5:]]),
            ])  # fmt: skip
    torch.testing.assert_close(decoded, torch.tensor(expected).transpose(1, 2), rtol=1e-4, atol=1e-4)


def test_raw_output_is_the_same_in_training_and_beside_the_decoded_one() -> None:
    detect, inputs = head(), maps()
    trained, (decoded, raw) = detect.train()(inputs), detect.eval()(inputs)
    assert trained.keys() == raw.keys() == {"boxes", "objectness", "scores", "feats"}
    for key in ("boxes", "objectness", "scores"):
        assert torch.equal(trained[key], raw[key])
        assert raw[key].shape[2] == decoded.shape[2]
    assert raw["feats"] is inputs
    detect.export = True
    assert torch.equal(detect(inputs), decoded)


def test_levels_are_the_predictions_in_order_and_in_float32() -> None:
    detect, inputs = head().half(), [x.half() for x in maps()]
    raw = detect.train()(inputs)
    flat = torch.cat([raw["boxes"], raw["objectness"], raw["scores"]], 1)
    levels = list(detect.split_levels(raw))
    assert torch.equal(torch.cat([y.flatten(1, 2) for y, _, _ in levels], 1).transpose(1, 2), flat.float())
    assert {y.dtype for y, _, _ in levels} == {torch.float32}
    assert [hw for _, _, hw in levels] == [(8, 12), (4, 6), (2, 3)]
    torch.testing.assert_close(levels[1][1], torch.tensor([[30, 61], [62, 45], [59, 119]]) / 16)


def test_corners_where_the_host_asks_for_them() -> None:
    detect, inputs = head().eval(), maps()
    xywh = detect(inputs)[0][:, :4]
    detect.xyxy = True
    xyxy = detect(inputs)[0][:, :4]
    torch.testing.assert_close(xyxy[:, :2], xywh[:, :2] - xywh[:, 2:] / 2)
    torch.testing.assert_close(xyxy[:, 2:], xywh[:, :2] + xywh[:, 2:] / 2)


@pytest.mark.parametrize("nc", [1, 3])
def test_class_logits_are_the_logits_of_the_scores(nc: int) -> None:
    detect = head(nc).double().eval()
    decoded, raw = detect([x.double() for x in maps()])
    logits = detect.class_logits(raw)
    torch.testing.assert_close(logits.sigmoid(), decoded[:, 4:])
    torch.testing.assert_close(logits, decoded[:, 4:].logit())


def test_class_logits_do_not_saturate() -> None:
    """Scores of exactly 0 and 1 in float32 still have finite logits, that grow with both parts."""
    o = torch.tensor([[[-200.0, -30, 30, 200]]], requires_grad=True)
    logits = head(2).class_logits({"objectness": o, "scores": o.repeat(1, 2, 1)})
    assert logits.isfinite().all()
    (slope,) = torch.autograd.grad(logits.sum(), o)
    assert (slope > 0.5).all()


def test_start_is_the_published_one() -> None:
    detect = head(80)
    before = [conv.bias.detach().clone().view(3, 85) for conv in detect.m]
    detect.bias_init()
    for conv, old, stride in zip(detect.m, before, STRIDES, strict=True):
        change = conv.bias.detach().view(3, 85) - old
        torch.testing.assert_close(change[:, :4], torch.zeros(3, 4))
        torch.testing.assert_close(change[:, 4], torch.full((3,), math.log(8 / (640 / stride) ** 2)))
        torch.testing.assert_close(change[:, 5:], torch.full((3, 80), math.log(0.6 / 79.01)))


@pytest.mark.parametrize(
    "anchors",
    [
        [],
        COCO_ANCHORS[:2],
        [[10, 13, 16], [30, 61, 62], [116, 90, 156]],
        [[10, 13], [30, 61, 62, 45], [116, 90]],
        [[10, 13], [30, 0], [116, 90]],
        [[10, 13], [30, "61"], [116, 90]],
        [[], [], []],
    ],
)
def test_anchors_that_do_not_belong_to_the_maps_are_refused(anchors: list[list[float]]) -> None:
    with pytest.raises(SliceError, match=r"AnchorDetect: .*not"):
        AnchorDetect(3, anchors, CHANNELS)


def test_other_numbers_of_anchors_and_levels() -> None:
    detect = head(2, [[10, 13], [30, 61]]).eval()
    assert detect(maps()[:2])[0].shape == (2, 6, 8 * 12 + 4 * 6)


def test_travels_with_its_anchors() -> None:
    detect = head().eval()
    detect.anchor_wh += 0.5
    expected = detect(maps())[0]
    for other in (copy.deepcopy(detect), pickle.loads(pickle.dumps(detect))):
        assert torch.equal(other(maps())[0], expected)
    file = io.BytesIO()
    torch.save(detect, file)
    file.seek(0)
    with torch.serialization.safe_globals([nn.ModuleList, nn.Conv2d]):  # the head's own class is registered already
        assert torch.equal(torch.load(file, weights_only=True)(maps())[0], expected)
    fresh = head()
    fresh.load_state_dict(detect.state_dict())
    assert torch.equal(fresh.eval()(maps())[0], expected)


def test_holds_nothing_of_the_anchor_free_head() -> None:
    kinds = {type(m) for m in head().modules()}
    assert kinds == {AnchorDetect, nn.ModuleList, nn.Conv2d}
    assert sum(p.numel() for p in head(80).parameters()) == sum((c + 1) * 255 for c in CHANNELS)
    assert not head().end2end
