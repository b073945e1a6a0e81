"""The arguments of `yolo train`: which there are, and what type each has, as the installed Ultralytics says."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from yolo_slice.errors import SliceError


def read_train_arguments(words: Mapping[str, str], others: Iterable[str] = ()) -> dict[str, Any]:
    """Give arguments their types, and check names and values as `yolo train` would.

    Args:
        words: Values as written on a command line, by name.
        others: Further names that a mistyped one may have meant.

    Raises:
        SliceError: If Ultralytics does not know a name, with near matches, or refuses a value.
    """
    from ultralytics.cfg import get_cfg, smart_value
    from ultralytics.utils import DEFAULT_CFG_DICT

    for name in words:
        if name not in DEFAULT_CFG_DICT:
            near = get_close_matches(name, [*others, *DEFAULT_CFG_DICT], n=3)
            hint = f"did you mean {' or '.join(f'{known}=' for known in near)}?" if near else "see `yolo cfg`"
            raise SliceError(f"{name}= is no setting of a study and no argument of `yolo train`; {hint}")
    values = {name: smart_value(text) for name, text in words.items()}
    for name, value in values.items():
        try:
            get_cfg(overrides={name: value})
        except (TypeError, ValueError, SyntaxError) as fault:
            raise SliceError(f"{name}={words[name]}: {' '.join(str(fault).split())}") from None
    return values


def training_model(arm_model: str) -> str:
    """Check that a model can be had and detects boxes; return what its cells are to open.

    Args:
        arm_model: Model file by path or by a name that Ultralytics or yolo-slice knows, or a checkpoint, which is
            downloaded where Ultralytics offers it.

    Raises:
        SliceError: If it cannot be built or opened, or is for another task.
    """
    from pathlib import Path

    from ultralytics import YOLO

    from yolo_slice.integration.validation.collector import BOX_TASKS

    try:
        yolo = YOLO(arm_model)
    except SliceError:
        raise
    except Exception as fault:  # Ultralytics, the network and unpickling fail in many ways
        raise SliceError(f"models: {arm_model}: {' '.join(str(fault).split())}") from None
    if yolo.task not in BOX_TASKS:
        raise SliceError(f"models: {arm_model} is for task {yolo.task}; a study needs boxes: {', '.join(BOX_TASKS)}")
    return str(Path(str(yolo.ckpt_path)).resolve()) if yolo.ckpt else arm_model
