"""ncnn on the CPU, in float32; half=True leaves the precision to it."""

from importlib import import_module
from pathlib import Path

from yolo_slice.bench.runtime import Conditions, Runtime, Session
from yolo_slice.errors import SliceError

HALVES = ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage")


def open_session(file: Path, conditions: Conditions) -> Session:
    """Load a network; ncnn runs a batch image by image."""
    ncnn = import_module("ncnn")
    net = ncnn.Net()
    net.opt.num_threads = conditions.threads
    net.opt.use_vulkan_compute = False
    if not conditions.half:
        for name in HALVES:
            setattr(net.opt, name, False)
    graph = next(file.glob("*.param"))
    if net.load_param(str(graph)) or net.load_model(str(graph.with_suffix(".bin"))):
        raise SliceError("ncnn cannot load it: a layer of it is unknown there, or the file is cut short")
    (entry,), ends = net.input_names(), net.output_names()
    images = [ncnn.Mat(image).clone() for image in conditions.images()]  # the Mat would only borrow numpy's memory

    def run() -> None:
        for image in images:
            with net.create_extractor() as extractor:
                extractor.input(entry, image)
                if any(extractor.extract(name)[0] for name in ends):
                    raise SliceError("ncnn cannot run it")

    return Session(run, "as ncnn chooses" if conditions.half else "fp32")


RUNTIME = Runtime(
    name="ncnn",
    title="ncnn",
    open=open_session,
    package="ncnn",
    modules=("ncnn",),
    install="pip install ncnn pnnx==20260526",  # as the extra [ncnn], where the pin is explained
    export="ncnn",
    exporters=("pnnx",),
    half_on=("cpu",),
)
