"""What must be equal for a comparison to be fair: every setting of a training except those that cannot matter."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import PureWindowsPath

from yolo_slice.compare.runs import Run

# Settings without influence on weights or on how they are validated; those unknown here count.
IDLE = frozenset(
    [
        "task",
        "mode",
        "model",
        "pretrained",
        "seed",
        "resume",
        "cfg",
        "project",
        "name",
        "save_dir",
        "exist_ok",
        "device",
        "workers",
        "verbose",
        "save",
        "save_period",
        "cache",
        "profile",
        "plots",
        "compile",
        "channels_last",
        "save_json",
        "save_txt",
        "save_conf",
        "save_crop",
        "save_frames",
        "source",
        "vid_stride",
        "stream_buffer",
        "visualize",
        "retina_masks",
        "embed",
        "show",
        "show_labels",
        "show_conf",
        "show_boxes",
        "line_width",
        "tracker",
        "format",
        "optimize",
        "dynamic",
        "simplify",
        "opset",
        "workspace",
        "nms",
        "keras",
        "int8",
    ]
)
START = "start"


def recipe(run: Run, ignore: Collection[str] = (), is_resolved: bool = False) -> dict[str, str]:
    """List what a run was told: Ultralytics' settings that matter, and what its weights started as (`start`).

    Args:
        run: The run.
        ignore: Settings that are not to count.
        is_resolved: With `optimizer=auto` and what follows from it replaced by what the checkpoint says was chosen.
            Resumed runs have only that, in `args.yaml` too; runs without a checkpoint have only `auto`.
    """
    chosen = run.checkpoint.settings if run.checkpoint and is_resolved else {}
    told = {key: str(chosen.get(key, value)) for key, value in run.settings.items() if key not in IDLE}
    if run.model is not None:
        told[START] = _start(run.model, run.settings.get("pretrained"))
    return {key: value for key, value in told.items() if key not in ignore}


def _start(model: str, pretrained: object) -> str:
    """Name the weights that training started from.

    Example:
        >>> _start("yolov8n.yaml", True), _start("yolov8n.pt", True), _start("yolov8n.yaml", "a/b.pt")
        ('random weights', 'weights yolov8n.pt', 'weights b.pt')
        >>> _start("yolov8n.pt", False)
        'random weights'
    """
    weights = pretrained if isinstance(pretrained, str) else model
    if pretrained is False or not weights.endswith(".pt"):
        return "random weights"
    return f"weights {PureWindowsPath(weights).name}"


def shared_settings(recipes: Iterable[Mapping[str, str]]) -> set[str]:
    """Return the settings that every recipe has, and `start`: other versions of Ultralytics have other settings."""
    sets = [set(recipe) - {START} for recipe in recipes]
    return set.intersection(*sets) | {START}


def differences(recipes: Sequence[Mapping[str, str]], keys: Iterable[str]) -> dict[str, list[str | None]]:
    """Return the settings that are not equal, with the value of each recipe; None where a recipe does not know.

    Example:
        >>> differences([{"imgsz": "640", "lr0": "0.1"}, {"imgsz": "320", "lr0": "0.1"}], ["imgsz", "lr0"])
        {'imgsz': ['640', '320']}
    """
    values = {key: [recipe.get(key) for recipe in recipes] for key in sorted(keys)}
    return {key: row for key, row in values.items() if len(set(row) - {None}) > 1}
