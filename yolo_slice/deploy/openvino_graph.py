"""OpenVINO's graph with one SpaceToDepth where the converter leaves six strided slices and a concatenation."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any
from unittest.mock import patch

CELL = [(0, 0), (0, 1), (1, 0), (1, 1)]  # py, px: the order of OpenVINO's SpaceToDepth


@contextmanager
def space_to_depth_merged() -> Iterator[None]:
    """Make `openvino.convert_model` yield such graphs meanwhile: before quantization, and before they are saved."""
    if find_spec("openvino") is None:
        yield
        return
    import openvino

    stock = openvino.convert_model

    def convert_model(*args: Any, **kwargs: Any) -> Any:
        graph = stock(*args, **kwargs)
        merge(graph)
        return graph

    with patch.object(openvino, "convert_model", convert_model):
        yield


def merge(graph: Any) -> int:
    """Put SpaceToDepth in the place of slices that are one, in a graph of any origin; tell of how many.

    Args:
        graph: An `openvino.Model`; changed.
    """
    from openvino import opset13

    count = 0
    for node in graph.get_ordered_ops():
        source = _source(node)
        if source is not None:
            merged = opset13.space_to_depth(source, "blocks_first", 2)
            merged.set_friendly_name(node.get_friendly_name())
            node.output(0).replace(merged.output(0))
            count += 1
    graph.validate_nodes_and_infer_types()
    return count


def _source(node: Any) -> Any:
    """Return what a concatenation of slices slices, if it holds all four pixels of every cell in order; else None."""
    if node.get_type_name() != "Concat" or node.get_input_size() != len(CELL) or node.get_attributes()["axis"] != 1:
        return None
    parts = [_unsliced(node.input_value(i)) for i in range(len(CELL))]
    sources = {(source.get_node().get_name(), source.get_index()) for source, _ in parts}
    if len(sources) > 1 or [start for _, start in parts] != CELL or parts[0][0].get_partial_shape().rank != 4:
        return None
    return parts[0][0]


def _unsliced(value: Any) -> tuple[Any, tuple[int | None, int | None]]:
    """Follow slices with step 2 to what they slice; return that, and the row and the column that they start at."""
    starts: list[int | None] = [None, None]
    while (found := _one_axis(value.get_node())) is not None:
        axis, start = found
        if starts[axis] is not None:
            break
        starts[axis] = start
        value = value.get_node().input_value(0)
    return value, (starts[0], starts[1])


def _one_axis(node: Any) -> tuple[int, int] | None:
    """Return 0 for rows, 1 for columns, and the start of a slice to the end with step 2; None for anything else."""
    if node.get_type_name() != "Slice" or node.get_input_size() != 5:
        return None
    numbers = [_number(node.input_value(i).get_node()) for i in range(1, 5)]
    start, stop, step, axis = numbers
    size = node.input_value(0).get_partial_shape()
    if None in numbers or step != 2 or axis % 4 not in (2, 3) or size.rank != 4:
        return None
    length = size[axis % 4]
    if stop < (length.get_length() if length.is_static else 2**31 - 1):
        return None
    return axis % 4 - 2, start


def _number(node: Any) -> int | None:
    """Return the one number of a constant."""
    if node.get_type_name() != "Constant" or node.get_data().size != 1:
        return None
    return int(node.get_data().flatten()[0])
