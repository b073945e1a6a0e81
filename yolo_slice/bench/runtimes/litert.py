"""LiteRT (TensorFlow Lite) on the CPU, through XNNPACK."""

from importlib import import_module
from pathlib import Path

from yolo_slice.bench.runtime import Conditions, Runtime, Session


def open_session(file: Path, conditions: Conditions) -> Session:
    """Load a graph; its input is NCHW, or NHWC if it was made by older converters."""
    graph = file if file.is_file() else next(file.glob("*.tflite"))
    interpreter = import_module("ai_edge_litert.interpreter").Interpreter(str(graph), num_threads=conditions.threads)
    interpreter.allocate_tensors()
    (entry,) = interpreter.get_input_details()
    images = conditions.images()
    images = images if entry["shape"][1] == images.shape[1] else images.transpose(0, 2, 3, 1).copy()
    interpreter.set_tensor(entry["index"], images.astype(entry["dtype"]))
    kinds = {detail["dtype"].__name__ for detail in interpreter.get_tensor_details()}
    return Session(interpreter.invoke, "int8 and fp32" if "int8" in kinds else "fp32")


RUNTIME = Runtime(
    name="litert",
    title="LiteRT",
    open=open_session,
    package="ai-edge-litert",
    modules=("ai_edge_litert",),
    install="pip install ai-edge-litert litert-torch",
    export="litert",
    exporters=("litert_torch",),
    calibrates=True,
)
