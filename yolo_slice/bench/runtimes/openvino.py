"""OpenVINO on the CPU, in float32; half=True leaves the precision to it, which is bfloat16 on some CPUs."""

from pathlib import Path

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


RUNTIME = Runtime(
    name="openvino",
    title="OpenVINO",
    open=open_session,
    package="openvino",
    modules=("openvino",),
    install="pip install 'yolo-slice[export]'",
    export="openvino",
    half_on=("cpu",),
)
