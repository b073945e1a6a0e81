"""Are the outputs of two graphs the same? Each part by itself, and never by an output that says nothing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from yolo_slice.errors import SliceError

SPEAKS = 0.01  # another image must change an output by this part of its scale
NEAR_0 = 1e-6  # a score is no nearer to 0 or 1 than this
FAINT = 1e-3  # the least scale: no validation lists a lower score, and ONNX Runtime's Sigmoid is off by up to 7e-8
LAST = 1e-3  # lists of boxes are cut off at a score: which of those that are so near to it are in is chance


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a comparison of all outputs found.

    Attributes:
        difference: The largest one, as a part of the scale (the largest absolute value, and no less than `FAINT`) of
            what it is in; or as it was asked for, as the part of the pixels.
        response: How much another image changes the part that it changes least, likewise.
    """

    difference: float
    response: float

    @property
    def is_evidence(self) -> bool:
        """Whether every output depends on the image: agreement about a constant says nothing."""
        return self.response >= SPEAKS


def largest(a: Tensor, b: Tensor) -> Tensor:
    """Return the largest difference, as a part of the scale."""
    return (a - b).abs().max() / a.abs().max().clamp_min(FAINT)


def unlikeness(a: Tensor, b: Tensor) -> Tensor:
    """Return 1 minus the correlation; for scores that of their logits, as only few of them are not near 0.

    Rounding to 8 bits may take any one score away, and still leaves the whole alike.

    Example:
        >>> a = torch.tensor([1.0, 2.0, 6.0])
        >>> [round(float(unlikeness(a, b)), 3) for b in (3 * a, -a, torch.ones(3))]
        [0.0, 2.0, 1.0]
    """
    if all(bool((y >= 0).all() and (y <= 1).all()) for y in (a, b)):
        a, b = (y.logit(NEAR_0) for y in (a, b))
    a, b = (y.flatten() - y.mean() for y in (a, b))
    return 1 - (a @ b) / (a.norm() * b.norm()).clamp_min(torch.finfo(a.dtype).tiny)


def differing(a: Tensor, b: Tensor) -> Tensor:
    """Return the part of the pixels whose classes differ: of class numbers no difference is larger than another.

    Example:
        >>> float(differing(torch.tensor([1, 2, 9, 9]), torch.tensor([1, 2, 9, 0])))
        0.25
    """
    return (a != b).double().mean()


def compare(
    ours: Sequence[Tensor],
    theirs: Sequence[Tensor],
    others: Sequence[Tensor],
    widths: Sequence[int] = (),
    by: Callable[[Tensor, Tensor], Tensor] = largest,
) -> Agreement:
    """Compare all outputs of a model with those of what is to be the same.

    Args:
        ours: Outputs of the model for one image.
        theirs: Of the other graph for the same image.
        others: Of the model for another image.
        widths: Channels of the first output that belong together, (4, classes) for boxes and scores; the rest of them,
            and every other output, is one part. Lists of boxes (B, n, 6 or more: box, score, class) need none.
        by: `largest`; `unlikeness`, of lists of boxes only of their scores then, which are sorted; or `differing`, of
            class maps.

    Raises:
        SliceError: If there are other outputs, or outputs of other shapes.
    """
    found, expected = ([tuple(y.shape) for y in outputs] for outputs in (theirs, ours))
    if found != expected:
        raise SliceError(f"its outputs have the shapes {found}, expected {expected}")
    if by is not differing and _is_list(ours[0]):
        response = float(_list_difference(ours[0], others[0]))
        if by is not largest:
            return Agreement(float(by(ours[0][..., 4], theirs[0][..., 4])), response)
        return Agreement(float(_list_difference(ours[0], theirs[0])), response)
    parts = [[*_parts(outputs, () if by is differing else widths)] for outputs in (ours, theirs, others)]
    differences = [by(a, b) for a, b in zip(parts[0], parts[1], strict=True)]
    changed = differing if by is differing else largest
    responses = [changed(a, c) for a, c in zip(parts[0], parts[2], strict=True)]
    return Agreement(float(torch.stack(differences).max()), float(torch.stack(responses).min()))


def _parts(outputs: Sequence[Tensor], widths: Sequence[int]) -> Iterator[Tensor]:
    first, *more = outputs
    rest = first.shape[1] - sum(widths) if first.dim() == 3 else -1
    if widths and rest >= 0:
        yield from first.split([*widths, rest][: len(widths) + (rest > 0)], 1)
    else:
        yield first
    yield from more


def _is_list(y: Tensor) -> bool:
    return y.dim() == 3 and y.shape[2] >= 6 and bool((y[..., 5] == y[..., 5].round()).all()) and _falls(y[..., 4])


def _falls(scores: Tensor) -> bool:
    return bool((scores.diff(dim=1) <= 0).all())


def _list_difference(a: Tensor, b: Tensor) -> Tensor:
    """Match each box with the nearest of its class in the other list, both ways, but for the last of the list."""
    scale = torch.cat([a[..., :4].abs().max().expand(4), a[..., 4].max()[None]]).clamp_min(FAINT)
    (box_a, box_b), (class_a, class_b) = ([y[..., :5] / scale for y in (a, b)], (a[..., 5], b[..., 5]))
    apart = (box_a[:, :, None] - box_b[:, None]).abs().amax(-1) + (class_a[:, :, None] != class_b[:, None])
    counts = [x[..., 4] > max(float(box_a[..., 4].min()), float(box_b[..., 4].min())) + LAST for x in (box_a, box_b)]
    scores = (box_a[..., 4] - box_b[..., 4]).abs().flatten()  # both are sorted
    return torch.cat([apart.amin(2)[counts[0]], apart.amin(1)[counts[1]], scores]).max()
