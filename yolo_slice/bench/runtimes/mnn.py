"""MNN on the CPU, in its low precision, as Ultralytics runs it."""

from importlib import import_module
from pathlib import Path

from yolo_slice.bench.runtime import Conditions, Runtime, Session


def open_session(file: Path, conditions: Conditions) -> Session:
    """Load a module; reading its output waits until it is computed."""
    mnn = import_module("MNN")
    config = {"precision": "low", "backend": "CPU", "numThread": conditions.threads}
    manager = mnn.nn.create_runtime_manager((config,))
    net = mnn.nn.load_module_from_file(str(file), [], [], runtime_manager=manager, rearrange=True)
    images = conditions.images()
    given = mnn.expr.const(images.ctypes.data, images.shape)

    def run() -> list[object]:
        found = [output.read() for output in net.onForward([given])]
        return [images, *found]  # MNN borrows the input's memory

    return Session(run, "MNN's low precision")


RUNTIME = Runtime(
    name="mnn",
    title="MNN",
    open=open_session,
    package="MNN",
    modules=("MNN",),
    install="pip install MNN",
    export="mnn",
)
