"""Which layer of a trained model belongs where in another architecture.

A row put in or taken out shifts the indices of all rows after it, and weights that are copied by index are lost from
there on. Here both lists of layers are aligned in order, as two texts are compared, so that as many parameters as
possible find a place.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import nn
from ultralytics.nn.modules import Conv

from yolo_slice.integration.inference.layer_run import Layer
from yolo_slice.integration.weights.exact_forms import can_convert
from yolo_slice.registry import block_of

Shapes = dict[str, torch.Size]

CARRIED, SAME_ROLE, SAME_INDEX = 100, 50, 10  # a carried parameter outweighs every resemblance


@dataclass(frozen=True, slots=True)
class Alignment:
    """Places of a trained model's layers in another.

    Attributes:
        places: Index of a target layer -> index of the source layer that has its role.
        levels: Level of the target's head -> level of the source's head; P3/8 may be level 0 of one, 1 of the other.
        converted: Target layers whose weights are the source's in another form, see `exact_forms`.
    """

    places: Mapping[int, int]
    levels: Mapping[int, int]
    converted: frozenset[int]

    def keeps_indices(self) -> bool:
        """Tell whether copying by index, as Ultralytics does, gives the same."""
        return not self.converted and all(a == b for pairs in (self.places, self.levels) for a, b in pairs.items())


def align_layers(source: nn.Sequential, target: nn.Sequential) -> Alignment:
    """Align the layers of two models in order, so that the most parameters are carried.

    Two layers may be paired if tensors of equal name and shape make up at least half of one of them, if they have one
    role, or if they have one index, because Ultralytics copies between those. The heads are paired in any case. Among
    equals, layers of one role and one index are preferred.
    """
    fits = _Fits(source, target)
    m, n = len(source) - 1, len(target) - 1
    best = [[0] * (n + 1) for _ in range(m + 1)]
    for i in range(m):
        for j in range(n):
            best[i + 1][j + 1] = max(best[i][j + 1], best[i + 1][j], best[i][j] + fits.score(i, j))
    places, i, j = {n: m}, m, n
    while i and j:
        score = fits.score(i - 1, j - 1)
        if score and best[i][j] == best[i - 1][j - 1] + score:
            i, j = i - 1, j - 1
            places[j] = i
        elif best[i][j] == best[i - 1][j]:
            i -= 1
        else:
            j -= 1
    by_index = {i: i for i in range(min(m, n) + 1)}
    if sum(fits.carried(i, j) for j, i in places.items()) < sum(fits.carried(i, i) for i in by_index):
        places = by_index
    converted = frozenset(j for j, i in places.items() if can_convert(source[i], target[j]))
    return Alignment(places, _align_levels(source[m], target[n]), converted)


class _Fits:
    """How well each source layer fits each target layer."""

    def __init__(self, source: nn.Sequential, target: nn.Sequential) -> None:
        self.source, self.target = list(source), list(target)
        self.shapes = [[_shapes(layer) for layer in layers] for layers in (self.source, self.target)]
        self.scores: dict[tuple[int, int], int] = {}

    def carried(self, i: int, j: int) -> int:
        """Count the numbers in the tensors that source layer i can give to target layer j."""
        ours, theirs = self.shapes[0][i], self.shapes[1][j]
        if can_convert(self.source[i], self.target[j]):
            return _count(theirs)
        return _count({key: shape for key, shape in ours.items() if theirs.get(key) == shape})

    def score(self, i: int, j: int) -> int:
        """Rate a pair of layers; 0 if they must not be paired."""
        if (i, j) not in self.scores:
            self.scores[i, j] = self._score(i, j)
        return self.scores[i, j]

    def _score(self, i: int, j: int) -> int:
        a, b = self.source[i], self.target[j]
        carried = self.carried(i, j)
        is_major = 2 * carried >= max(1, min(_count(self.shapes[0][i]), _count(self.shapes[1][j])))
        resemblance = SAME_ROLE * (_role(a) == _role(b))
        if not is_major and i != j:
            return resemblance
        return CARRIED * carried + resemblance + SAME_INDEX * (i == j and bool(carried or resemblance))


def _shapes(layer: nn.Module) -> Shapes:
    return {key: tensor.shape for key, tensor in layer.state_dict().items()}


def _count(shapes: Shapes) -> int:
    return sum(shape.numel() for shape in shapes.values())


def _role(layer: Layer) -> str:
    """Say what a layer does to the resolution; if nothing that is known, its class stands for what it does."""
    block = block_of(layer)
    if isinstance(layer, nn.Upsample) or (block and block.scale > 1):
        return "up"
    if (type(layer) is Conv and layer.conv.stride == (2, 2)) or (block and block.scale < 1):
        return "down"
    return type(layer).__name__


def _align_levels(source: Layer, target: Layer) -> dict[int, int]:
    """Align the levels of two heads in order, so that the most parameters are carried, and else by their strides."""
    m, n = count_levels(source), count_levels(target)
    numbers = list(range(min(m, n)))
    candidates = [
        dict(zip(chosen, numbers, strict=True) if n > m else zip(numbers, chosen, strict=True))
        for chosen in itertools.combinations(range(max(m, n)), min(m, n))
    ]
    shapes, strides = [_shapes_by_level(head) for head in (source, target)], [_strides(h) for h in (source, target)]

    def quality(levels: Mapping[int, int]) -> tuple[int, int]:
        pairs = [(shapes[0].get(a, {}), shapes[1].get(b, {})) for b, a in levels.items()]
        carried = sum(_count({k: x for k, x in ours.items() if theirs.get(k) == x}) for ours, theirs in pairs)
        return carried, sum(strides[0][a] == strides[1][b] for b, a in levels.items())

    return max(candidates, key=quality)


def count_levels(head: Layer) -> int:
    """Count the layers that a head reads, which are its levels."""
    return len(head.f) if isinstance(getattr(head, "f", None), list) else 1


def level_branches(head: Layer) -> dict[str, nn.ModuleList]:
    """Find the parts of a head that have one branch for each level, such as `cv2` and `cv3` of Detect."""
    lists = {name: m for name, m in head.named_children() if isinstance(m, nn.ModuleList)}
    return {name: branches for name, branches in lists.items() if len(branches) == count_levels(head)}


def _shapes_by_level(head: Layer) -> dict[int, Shapes]:
    found: dict[int, Shapes] = {}
    for name, branches in level_branches(head).items():
        for level, branch in enumerate(branches):
            found.setdefault(level, {}).update({f"{name}.{key}": shape for key, shape in _shapes(branch).items()})
    return found


def _strides(head: Layer) -> list[float]:
    """Return a head's strides in pixels; for a head that has none of its own, the numbers of its levels."""
    stride, count = getattr(head, "stride", None), count_levels(head)
    return stride.tolist() if isinstance(stride, torch.Tensor) and len(stride) == count else list(range(count))
