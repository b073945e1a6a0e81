"""Slices that are OpenVINO's SpaceToDepth become it, others stay, and the converter is as it was afterwards."""

import copy
from collections import Counter

import numpy as np
import openvino
import pytest
import torch
from openvino import opset13
from torch import Tensor, nn
from trained_blocks import after_steps, relative_difference

from yolo_slice.blocks import SliceSamp
from yolo_slice.deploy.openvino_graph import merge, space_to_depth_merged
from yolo_slice.deploy.optimizing import rewrite

pytestmark = [pytest.mark.filterwarnings("default")]  # tracing warns of sizes that become constants
ROWS = [(0, 0), (0, 1), (1, 0), (1, 1)]
LAST = 2**63 - 1


def types(graph: openvino.Model) -> Counter:
    return Counter(node.get_type_name() for node in graph.get_ordered_ops())


def run(graph: openvino.Model, x: np.ndarray) -> np.ndarray:
    compiled = openvino.Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return compiled(x)[0]


def sliced(starts=ROWS, step=2, stop=LAST, axis=1, shape=(1, 3, 8, 6), columns_first=False) -> openvino.Model:
    """A graph of slices and a concatenation, by hand."""
    x = opset13.parameter(shape, np.float32)
    parts = []
    for py, px in starts:
        y = x
        cuts = [(2, py, stop), (3, px, stop)]
        for along, start, end in reversed(cuts) if columns_first else cuts:
            y = opset13.slice(y, *(np.array([n]) for n in (start, end, step, along)))
        parts.append(y)
    return openvino.Model([opset13.concat(parts, axis)], [x])


@pytest.mark.parametrize("columns_first", [False, True])
@pytest.mark.parametrize("shape", [(1, 3, 8, 6), (2, 1, 2, 2), (1, 5, -1, 10)])
def test_slices_in_rows_become_one_operation_that_does_the_same(shape: tuple[int, ...], columns_first: bool) -> None:
    graph = sliced(shape=shape, columns_first=columns_first)
    x = np.random.default_rng(0).standard_normal([4 if n < 0 else n for n in shape]).astype(np.float32)
    before = run(graph, x)
    assert merge(graph) == 1
    assert types(graph)["SpaceToDepth"] == 1
    assert types(graph)["Slice"] == types(graph)["Concat"] == 0
    assert np.array_equal(run(graph, x), before)


@pytest.mark.parametrize(
    "other",
    [
        {"starts": [(0, 0), (1, 0), (0, 1), (1, 1)]},
        {"starts": [(0, 0), (0, 1), (1, 0), (1, 0)]},
        {"starts": [*ROWS, (0, 0)]},
        {"starts": [(2, 0), (2, 1), (3, 0), (3, 1)]},
        {"starts": [(0, 0)] * 4, "step": 1},
        {"step": 3},
        {"stop": 4},
        {"axis": 0},
    ],
)
def test_what_is_something_else_stays(other: dict) -> None:
    graph = sliced(**{"shape": (1, 3, 12, 12), **other})
    before = types(graph)
    assert merge(graph) == 0
    assert types(graph) == before


def test_slices_of_two_maps_stay() -> None:
    x, y = (opset13.parameter([1, 3, 8, 6], np.float32) for _ in range(2))
    graph = openvino.Model([opset13.concat([_cell(m, *p) for m, p in zip((x, x, x, y), ROWS, strict=True)], 1)], [x, y])
    assert merge(graph) == 0


@pytest.mark.parametrize("place", range(4))
def test_a_slice_whose_numbers_are_known_only_when_it_runs_stays(place: int) -> None:
    x, number = opset13.parameter([1, 3, 8, 6], np.float32), opset13.parameter([1], np.int64)
    numbers = [np.array([n]) for n in (1, LAST, 2, 2)]
    numbers[place] = number
    last = opset13.slice(opset13.slice(x, *numbers), *(np.array([n]) for n in (1, LAST, 2, 3)))
    graph = openvino.Model([opset13.concat([*(_cell(x, *p) for p in ROWS[:3]), last], 1)], [x, number])
    assert merge(graph) == 0


def _cell(x, py: int, px: int):
    rows = opset13.slice(x, *(np.array([n]) for n in (py, LAST, 2, 2)))
    return opset13.slice(rows, *(np.array([n]) for n in (px, LAST, 2, 3)))


class Two(nn.Module):
    """Two blocks, one after the other, and what both of them yield."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = (after_steps(SliceSamp(8, 8), 8) for _ in range(2))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        y = self.first(x)
        return y, self.second(y)


@pytest.mark.parametrize("size", [(16, 24), (10, 14)])
def test_converted_meanwhile_the_graph_is_merged_and_the_same(size: tuple[int, int]) -> None:
    """The second size is odd after the first block, and padded before the second one's slices."""
    model, x = Two().eval(), torch.randn(1, 8, *size)
    rewritten = rewrite(copy.deepcopy(model), "openvino", one_size=True)
    with space_to_depth_merged():
        graph = openvino.convert_model(rewritten, input=[x.shape], example_input=x)
    assert types(graph)["SpaceToDepth"] == 2
    assert types(graph)["Slice"] == 0
    compiled = openvino.Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    found = compiled(x.numpy())
    for i, expected in enumerate(model(x)):
        assert relative_difference(torch.from_numpy(found[i]), expected) < 1e-5
    assert types(openvino.convert_model(rewritten, input=[x.shape], example_input=x))["SpaceToDepth"] == 0
