"""The settings of a benchmark."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from yolo_slice.errors import SliceError

KIND = "yolo-slice bench"  # what bench.json calls itself
AT_LEAST = {"imgsz": 1, "batch": 1, "threads": 1, "processes": 2, "rounds": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSettings:
    """Measure what models cost: time as a ratio to the first one's, memory, size, and AP of the very same files.

    Attributes:
        model: Weights, or model files (random weights), several with commas; the first is the baseline that ratios
            are to.
        format: What runs them: torch, channels_last (torch in that memory layout), torchscript, onnx, openvino,
            ncnn, litert, mnn; or train, a training step in torch; several with commas.
        data: Data YAML: validate each exported file on it, too.
        imgsz: Image size, pixels: a multiple of 32.
        batch: Images at once; several with commas.
        device: cpu, or the number of a GPU.
        half: Half precision, where the format has it.
        threads: CPU threads of a model.
        processes: Fresh processes that each measure all models of a format, 2 or more.
        rounds: Times that each process measures each model, 2 or more.
        layers: Write, too, where the difference arises: time of each layer, in torch.
        project: Folder of all benchmarks.
        name: Name of this one; a number is added to one that exists.
        exist_ok: Write into an existing one.
        export: An argument of `yolo export`, such as quantize=8.
    """

    model: tuple[str, ...]
    format: tuple[str, ...] = ("torch",)
    data: str | None = None
    imgsz: int = 640
    batch: tuple[int, ...] = (1,)
    device: str = "cpu"
    half: bool = False
    threads: int = 1
    processes: int = 5
    rounds: int = 20
    layers: bool = False
    project: str = "runs/bench"
    name: str = "bench"
    exist_ok: bool = False
    export: Mapping[str, str] = field(default_factory=dict, metadata={"rest": True})

    def __post_init__(self) -> None:
        for key, least in AT_LEAST.items():
            values = getattr(self, key)
            for value in values if isinstance(values, tuple) else (values,):
                if value < least:
                    raise SliceError(f"{key}={value}: expected {least} or more")
