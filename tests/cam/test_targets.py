"""Targets pick the logits they say, from hand-made scores; words become targets or one line."""

import pytest
import torch

from yolo_slice import cam
from yolo_slice.cam.maps.image_scores import ImageScores
from yolo_slice.cam.targets import Pick
from yolo_slice.errors import SliceError

NAMES = {0: "person", 1: "dog", 2: "person on horse", 3: "7"}
CONFIDENCES = torch.tensor(
    [
        [0.9, 0.6, 0.1, 0.2],
        [0.2, 0.55, 0.1, 0.8],
        [0.0, 0.0, 0.1, 0.3],
        [0.0, 0.0, 0.0, 0.0],
    ]
)
FOUND = (
    cam.Detection((0, 0, 10, 10), 0, "person", 0.9),
    cam.Detection((20, 0, 30, 10), 1, "dog", 0.8),
)
IMAGE = ImageScores(CONFIDENCES, FOUND, (0, 3), NAMES, 0.5)


def pairs(pick: Pick) -> list[tuple[int, int]]:
    return sorted(zip(pick.classes.tolist(), pick.anchors.tolist(), strict=True))


@pytest.mark.parametrize(
    ("target", "expected", "label"),
    [
        (cam.ClassTarget(0), [(0, 0), (0, 1)], "person"),
        (cam.ClassTarget(1), [(1, 1), (1, 3)], "dog"),
        (cam.DetectionTarget(1), [(1, 3)], "dog 0.80"),
        (cam.BoxTarget((1, 0, 10, 10)), [(0, 0)], "person 0.90"),
        (cam.BoxTarget((20, 0, 30, 9), 1), [(1, 3)], "dog 0.80"),
        (cam.AllTarget(), [(0, 0), (0, 1), (1, 1), (1, 3)], "all detections"),
        (
            cam.UnionTarget((cam.ClassTarget(0), cam.DetectionTarget(0), cam.DetectionTarget(1))),
            [(0, 0), (0, 1), (1, 3)],
            "person + person 0.90 + dog 0.80",
        ),
    ],
)
def test_targets_pick_their_logits(target: cam.Target, expected: list[tuple[int, int]], label: str) -> None:
    pick = target.pick(IMAGE)
    assert (pairs(pick), pick.label, pick.message) == (expected, label, "")


class Crowd:
    """A target of a user's own: every class at the last anchor."""

    def pick(self, image: ImageScores) -> Pick:
        classes = torch.arange(4)
        return Pick(classes, torch.full_like(classes, 3), "crowd")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (cam.AllTarget(), ["person", "dog"]),
        (cam.ClassTarget(1), ["dog"]),
        (cam.DetectionTarget(0), ["person"]),
        (cam.BoxTarget((1, 0, 10, 10)), ["person"]),
        (cam.BoxTarget((1, 0, 10, 10), 1), []),
        (cam.UnionTarget((cam.ClassTarget(1), cam.DetectionTarget(0))), ["person", "dog"]),
        (Crowd(), ["dog"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_explained_detections_are_those_whose_scores_are_picked(target: cam.Target, expected: list[str]) -> None:
    assert [detection.name for detection in target.pick(IMAGE).detections(IMAGE)] == expected


def test_of_two_boxes_that_overlap_the_wanted_one_the_nearer_is_explained() -> None:
    near, far = cam.Detection((0, 0, 10, 10), 0, "person", 0.6), cam.Detection((0, 0, 10, 14), 0, "person", 0.9)
    image = ImageScores(CONFIDENCES, (far, near), (0, 1), NAMES, 0.5)
    assert cam.BoxTarget((0, 0, 10, 10)).pick(image).detections(image) == (near,)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (cam.ClassTarget(2), "no person on horse above conf=0.5: its highest score is 0.3"),
        (cam.DetectionTarget(2), "no detection 2: 2 found"),
        (cam.DetectionTarget(-1), "no detection -1: 2 found"),
        (cam.BoxTarget((5, 0, 25, 10)), "no detection overlaps the box 5, 0, 25, 10 by IoU 0.5: 2 found"),
        (cam.BoxTarget((0, 0, 10, 10), 1), "no dog overlaps the box 0, 0, 10, 10 by IoU 0.5: 2 found"),
        (cam.UnionTarget((cam.ClassTarget(2), cam.DetectionTarget(9))), "no person on horse above conf=0.5"),
    ],
)
def test_what_is_not_there_is_said(target: cam.Target, message: str) -> None:
    pick = target.pick(IMAGE)
    assert pairs(pick) == []
    assert pick.message.startswith(message)


def test_nothing_detected_is_said() -> None:
    empty = ImageScores(CONFIDENCES * 0.1, (), (), NAMES, 0.5)
    assert cam.AllTarget().pick(empty).message == "no detections above conf=0.5"
    assert cam.DetectionTarget(0).pick(empty).message == "no detection 0: nothing was detected"


def test_a_classifier_has_no_threshold() -> None:
    image = ImageScores(torch.tensor([[0.1], [0.0], [0.9], [0.0]]), FOUND[:1], (0,), NAMES, None)
    assert pairs(cam.ClassTarget(1).pick(image)) == [(1, 0)]
    assert pairs(cam.AllTarget().pick(image)) == [(2, 0)]


def test_a_class_that_the_model_lacks_is_refused() -> None:
    for class_id in (4, -1):
        with pytest.raises(SliceError, match="classes 0 to 3"):
            cam.ClassTarget(class_id).pick(IMAGE)


@pytest.mark.parametrize(
    ("words", "targets"),
    [
        (None, [cam.AllTarget()]),
        ("all", [cam.AllTarget()]),
        ("Person", [cam.ClassTarget(0)]),
        (["dog", 2], [cam.ClassTarget(1), cam.ClassTarget(2)]),
        ("person on horse", [cam.ClassTarget(2)]),
        ("7", [cam.ClassTarget(3)]),  # a name, before it is a number
        ("1", [cam.ClassTarget(1)]),
        ("#1", [cam.DetectionTarget(1)]),
        ("1,2,3,4.5", [cam.BoxTarget((1, 2, 3, 4.5))]),
        ((1, 2, 3, 4), [cam.BoxTarget((1, 2, 3, 4))]),
        ([(1, 2, 3, 4), "dog"], [cam.BoxTarget((1, 2, 3, 4)), cam.ClassTarget(1)]),
        (cam.DetectionTarget(5), [cam.DetectionTarget(5)]),
        ([], []),
    ],
)
def test_words_become_targets(words: object, targets: list[cam.Target]) -> None:
    assert cam.parse_targets(words, NAMES) == targets


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("persn", "did you mean person"),
        ("zebra", r"it has person, dog, person on horse, 7 \(4 classes\)"),
        (4, "classes 0 to 3"),
        (-1, "classes 0 to 3"),
        (True, "got a bool"),
        (1.5, "got a float"),
        ((1, 2, 3), "a box is 4 numbers"),
        ((1, 2, 1, 4), "without area"),
        ("a,b,c,d", "a box is 4 numbers"),
    ],
)
def test_other_words_are_refused_in_one_line(words: object, said: str) -> None:
    with pytest.raises(SliceError, match=said) as caught:
        cam.parse_targets(words, NAMES)
    assert "\n" not in str(caught.value)
