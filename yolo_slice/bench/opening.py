"""Mistakes in a benchmark that can be told before anything is made; all but a missing GPU before torch is loaded."""

from difflib import get_close_matches
from pathlib import PurePath

from yolo_slice.bench.runtime import Runtime
from yolo_slice.bench.runtimes import RUNTIMES, runtime_named
from yolo_slice.bench.settings import BenchSettings
from yolo_slice.errors import SliceError
from yolo_slice.integration.data.data_yaml import check_data
from yolo_slice.integration.folders import check_run_folder
from yolo_slice.integration.weights.model_name import check_model
from yolo_slice.settings import settings_of

STRIDE_PX = 32  # of the models; other sizes would be rounded
SUFFIXES = (".pt", ".yaml", ".yml")
EXPORT = ("quantize", "int8", "dynamic", "simplify", "opset", "nms", "fraction", "optimize")  # of `yolo export`
CALIBRATED = {"quantize": {"8", "int8", "w8a8", "w8a16"}, "int8": {"true", "1"}}  # by ranges found on images


def check_bench(settings: BenchSettings) -> None:
    """Refuse a benchmark that cannot be; what only the models or the runtimes can tell comes later.

    Raises:
        SliceError: With the first mistake.
    """
    for name in settings.export:
        _check_argument(name)
    _check_values(settings)
    for name in settings.format:
        _check_runtime(runtime_named(name), settings)
    for model in settings.model:
        check_model(model)
    if settings.data is not None:
        _check_data(settings)
    check_run_folder(settings.project, settings.name)
    _check_gpu(settings.device)


def _check_values(settings: BenchSettings) -> None:
    if settings.imgsz % STRIDE_PX:
        raise SliceError(f"imgsz={settings.imgsz}: expected a multiple of {STRIDE_PX}")
    if settings.device != "cpu" and not settings.device.isdecimal():
        raise SliceError(f"device={settings.device}: expected cpu, or the number of one GPU")
    for key in ("model", "format", "batch"):
        values = getattr(settings, key)
        if not values:
            raise SliceError(f"{key}= names nothing")
        if repeated := [value for value in values if values.count(value) > 1]:
            raise SliceError(f"{key}= has {repeated[0]} twice; give it once")
    for model in settings.model:
        if PurePath(model).suffix not in SUFFIXES:
            raise SliceError(f"model={model}: expected weights (best.pt) or a model file (yolov8n-slice.yaml)")


def _check_argument(name: str) -> None:
    if name in EXPORT:
        return
    own = [setting.name for setting in settings_of(BenchSettings)]
    if near := get_close_matches(name, [*own, *EXPORT], n=2):
        hint = f"did you mean {' or '.join(f'{key}=' for key in near)}?"
    else:
        hint = f"settings: {', '.join(own)}; arguments of `yolo export`: {', '.join(EXPORT)}"
    raise SliceError(f"{name}= is no setting of bench and no argument of `yolo export` that it passes on; {hint}")


def _check_runtime(runtime: Runtime, settings: BenchSettings) -> None:
    if missing := runtime.missing():
        raise SliceError(f"format={runtime.name}: {', '.join(missing)} not installed; {runtime.install}")
    kind = "cpu" if settings.device == "cpu" else "gpu"
    if kind == "gpu" and not runtime.on_gpu:
        raise SliceError(f"format={runtime.name} device={settings.device}: {runtime.title} is measured on cpu only")
    if settings.half and kind not in runtime.half_on:
        _refuse_half(runtime, kind)
    for key, values in CALIBRATED.items():
        value = settings.export.get(key, "")
        if runtime.calibrates and settings.data is None and value.lower() in values:
            raise SliceError(
                f"format={runtime.name} {key}={value}: int8 is calibrated on images, and data= is missing: "
                "name a data YAML, or Ultralytics would take images of its own"
            )


def _refuse_half(runtime: Runtime, kind: str) -> None:
    places = " and ".join(runtime.half_on)
    found = f"measured in half precision on {places} only" if places else "not measured in half precision"
    others = " or ".join(name for name, other in RUNTIMES.items() if kind in other.half_on)
    hint = f"leave half= out, or on {kind} take {others}"
    raise SliceError(f"format={runtime.name} half=True: {runtime.title} is {found}; {hint}")


def _check_data(settings: BenchSettings) -> None:
    """Check the data set, and that the weights are such that an AP says something."""
    for model in settings.model:
        if PurePath(model).suffix != ".pt":
            raise SliceError(f"data={settings.data}: {model} has random weights, and so no AP; name a .pt")
    check_data(str(settings.data), "val")


def _check_gpu(device: str) -> None:
    if device == "cpu":
        return
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(device) >= count:
        raise SliceError(f"device={device}: there is no such GPU, torch sees {count}; leave device= out for the CPU")
