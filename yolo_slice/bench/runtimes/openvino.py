"""OpenVINO on the CPU, in float32; half=True leaves the precision to it, which is bfloat16 on some CPUs."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

from yolo_slice.bench.runtime import Conditions, Runtime, Session

PRECISIONS = {"f32": "fp32", "f16": "fp16", "bf16": "bf16"}


def open_session(file: Path, conditions: Conditions) -> Session:
    """Compile a graph."""
    import openvino

    settings = {
        "INFERENCE_NUM_THREADS": conditions.threads,
        "NUM_STREAMS": 1,
        **({} if conditions.half else {"INFERENCE_PRECISION_HINT": "f32"}),
    }
    graph = next(file.glob("*.xml"))
    model = openvino.Core().compile_model(str(graph), "CPU", settings)
    request, images = model.create_infer_request(), conditions.images()
    found = str(model.get_property("INFERENCE_PRECISION_HINT").get_type_name())
    precision = PRECISIONS.get(found, found)
    if "FakeQuantize" in graph.read_text(encoding="utf-8"):
        precision = f"int8 and {precision}"
    return Session(lambda: request.infer([images], share_inputs=True), precision)


@contextmanager
def as_timed(conditions: Conditions) -> Iterator[None]:
    """Make every model that is compiled meanwhile compute in float32, unless half precision is asked for."""
    import openvino

    stock = openvino.Core.compile_model

    def compile_model(self: Any, model: Any, device_name: str = "CPU", config: Any = None, **_: Any) -> Any:
        return stock(self, model, "CPU", {**(config or {}), "INFERENCE_PRECISION_HINT": "f32"})

    with nullcontext() if conditions.half else patch.object(openvino.Core, "compile_model", compile_model):
        yield


RUNTIME = Runtime(
    name="openvino",
    title="OpenVINO",
    open=open_session,
    package="openvino",
    modules=("openvino",),
    install="pip install 'yolo-slice[export]'",
    export="openvino",
    calibrates=True,
    as_timed=as_timed,
    half_on=("cpu",),
)
