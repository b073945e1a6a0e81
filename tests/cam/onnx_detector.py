"""An exported detector of one box, whose confidence is the brightness of a part of its input: ONNX made by hand."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 64
BOX = (8.0, 16.0, 24.0, 40.0)  # xyxy


def write_detector(file: Path) -> Path:
    """Write a file as Ultralytics exports one: fixed size, batch 1, classes cat and dog; it finds a dog in BOX."""
    left, top, right, bottom = BOX
    place = np.array([(left + right) / 2, (top + bottom) / 2, right - left, bottom - top, 0], np.float32)
    constants = {
        "starts": np.array([0, 0, int(top), int(left)]),
        "ends": np.array([1, 3, int(bottom), int(right)]),
        "place": place.reshape(1, 5, 1),  # and the score of a cat
        "shape": np.array([1, 1, 1]),
    }
    nodes = [
        helper.make_node("Slice", ["images", "starts", "ends"], ["part"]),
        helper.make_node("ReduceMean", ["part"], ["mean"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Reshape", ["mean", "shape"], ["score"]),
        helper.make_node("Concat", ["place", "score"], ["output0"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "detector",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, SIDE, SIDE))],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, (1, 6, 1))],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    facts = {"stride": "32", "task": "detect", "batch": "1", "imgsz": f"[{SIDE}, {SIDE}]"}
    helper.set_model_props(model, {**facts, "names": "{0: 'cat', 1: 'dog'}"})
    onnx.save(model, str(file))
    return file
