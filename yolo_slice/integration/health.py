"""Self-examination: versions, which hooks are live, what is broken and how to mend it."""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module, metadata
from importlib.util import find_spec
from operator import attrgetter
from pathlib import Path

import torch

from yolo_slice._autoload import is_disabled
from yolo_slice.integration.model_files.heads import head_classes
from yolo_slice.integration.replacing import is_replaced
from yolo_slice.paths import CFG, OTHER_TASKS, model_files
from yolo_slice.registry import BLOCKS

# Module of Ultralytics, function of it (or method of a class) that we replace, what a user loses without it
HOOKS = (
    ("ultralytics.nn.tasks", "parse_model", "blocks in model files"),
    ("ultralytics.nn.tasks", "yaml_model_load", "model names with a suffix, such as yolo26n-seg-slice"),
    ("ultralytics.nn.tasks", "BaseModel.load", "weights into another architecture"),
    ("ultralytics.nn.tasks", "torch_safe_load", "checkpoints with blocks of a project"),
    ("ultralytics.utils.checks", "check_file", "shipped YAML files by name"),
    ("ultralytics.utils.torch_utils", "get_flops", "GFLOPs of models that slice first"),
    ("ultralytics.nn.tasks", "DetectionModel.init_criterion", "loss of models with anchors"),
    ("ultralytics.models.yolo.detect.train", "DetectionTrainer.get_validator", "autoanchor"),
    ("ultralytics.cfg", "entrypoint", "one-line errors of the `yolo` command"),
    ("ultralytics.engine.trainer", "BaseTrainer._setup_scheduler", "`schedule` in model files"),
    ("ultralytics.engine.validator", "BaseValidator.__call__", "COCO's numbers after `yolo val`"),
    ("ultralytics.engine.exporter", "Exporter.__call__", "fast and checked exports"),
    ("ultralytics.models.yolo.semantic.val", "SemanticMetrics.mean_results", "mAcc of semantic segmentation"),
)


@dataclass(frozen=True, slots=True)
class Result:
    """One thing looked at: is it in order, what was found, and how to mend it."""

    title: str
    is_well: bool
    found: str
    mend: str = ""


def examine() -> list[Result]:
    """Look at everything that `yolo` with slice models depends on."""
    return [result for part in (_versions, _installation, _blocks, _hooks, _parser) for result in _guarded(part)]


def _guarded(part: Callable[[], Iterator[Result]]) -> list[Result]:
    try:
        return list(part())
    except Exception as error:  # what is examined may be broken in any way
        title = part.__name__.strip("_")
        return [Result(title, False, f"{type(error).__name__}: {error}", "pip install --force-reinstall yolo-slice")]


def _blocks() -> Iterator[Result]:
    import yolo_slice.blocks  # noqa: F401  registers them
    from yolo_slice.outside.sources import SOURCES

    yield Result("blocks", bool(BLOCKS), ", ".join(sorted(BLOCKS)), "pip install --force-reinstall yolo-slice")
    for source in SOURCES:
        mend = f"mend what it says, or take {source.name} away"
        yield Result(f"blocks of {source.name}", not source.fault, source.fault or ", ".join(source.blocks), mend)


def _versions() -> Iterator[Result]:
    yield Result("Python", True, f"{platform.python_version()} ({sys.executable})")
    for name in ("yolo-slice", "ultralytics", "torch", "torchvision"):
        try:
            yield Result(name, True, metadata.version(name))
        except metadata.PackageNotFoundError:
            yield Result(name, name == "yolo-slice", "not installed (a bare checkout?)", f"pip install {name}")


def _installation() -> Iterator[Result]:
    names = [point.name for point in metadata.entry_points(group="torch.backends")]
    is_on = os.environ.get("TORCH_DEVICE_BACKEND_AUTOLOAD", "1") == "1"
    found = "not registered" if "yolo_slice" not in names else "registered" if is_on else "registered, but turned off"
    yield Result(
        "autoload",
        found == "registered" and not is_disabled(),
        "turned off by YOLO_SLICE_DISABLE" if is_disabled() else found,
        "pip install yolo-slice; unset YOLO_SLICE_DISABLE and TORCH_DEVICE_BACKEND_AUTOLOAD; or `import yolo_slice`",
    )
    count = sum(len(model_files(task)) for task in ("detect", *OTHER_TASKS))
    yield Result("model files", count > 0, f"{count} in {CFG}", "pip install --force-reinstall yolo-slice")
    script, wanted = shutil.which("yolo"), Path(sys.executable).parent
    is_ours = script is not None and Path(script).parent == wanted
    yield Result(
        "`yolo` script", is_ours, script or "not on PATH", f"put {wanted} first on PATH, or activate its environment"
    )


def _hooks() -> Iterator[Result]:
    for name, function, purpose in HOOKS:
        if find_spec(name.rpartition(".")[0]) is None:  # an Ultralytics that does not have this task
            continue
        *owner, attribute = function.split(".")
        is_live = is_replaced(attrgetter(*owner)(import_module(name)) if owner else import_module(name), attribute)
        yield Result(purpose, is_live, f"{name}.{function}: {'live' if is_live else 'stock'}", "see autoload above")
    classes = {*(entry.cls for entry in BLOCKS.values()), *head_classes().values()}
    is_safe = classes <= set(torch.serialization.get_safe_globals())
    found = f"block and head classes are {'' if is_safe else 'not '}among torch's safe globals"
    yield Result("safe loading", is_safe, found, "pip install --force-reinstall yolo-slice")


def _parser() -> Iterator[Result]:
    from ultralytics.nn import tasks

    from yolo_slice.integration.model_files.drift import find_fault

    stock = getattr(tasks.parse_model, "yolo_slice_stock", tasks.parse_model)
    fault = find_fault(stock)
    yield Result(
        "parser of this version", not fault, fault or "treats borrowed names as needed", "pip install -U yolo-slice"
    )
    taken = sorted(BLOCKS.keys() & vars(tasks).keys())
    found = f"Ultralytics has blocks of the same name, and they are used: {', '.join(taken)}" if taken else "not taken"
    yield Result("block names", not taken, found, "pip install -U yolo-slice")
