"""ONNX Runtime on the CPU."""

from pathlib import Path

from yolo_slice.bench.runtime import Conditions, Runtime, Session


def open_session(file: Path, conditions: Conditions) -> Session:
    """Load a graph; one that quantises says so in its nodes."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = conditions.threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    images = {session.get_inputs()[0].name: conditions.images()}
    precision = "int8 and fp32" if b"QuantizeLinear" in file.read_bytes() else "fp32"
    return Session(lambda: session.run(None, images), precision)


RUNTIME = Runtime(
    name="onnx",
    title="ONNX Runtime",
    open=open_session,
    package="onnxruntime",
    modules=("onnxruntime",),
    install="pip install 'yolo-slice[export]'",
    export="onnx",
    exporters=("onnx",),
    calibrates=True,
)
