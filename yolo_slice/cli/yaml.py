"""`yolo-slice yaml`: the model file of a derived model, with rows and blocks to choose for an ablation."""

import sys
from pathlib import Path
from typing import Any

from yolo_slice.atomic_file import write_whole
from yolo_slice.cli.parsers import add_settings_command
from yolo_slice.errors import SliceError

EXAMPLE = "yolo-slice yaml yolo26n-seg-slice rows=1,3,5"


def add(commands: Any) -> None:
    """Add the command."""
    add_settings_command(commands, "yaml", run_yaml, EXAMPLE)


def run_yaml(*name: str, rows: list[int] | None = None, down: str = "", up: str = "", out: Path | None = None) -> int:
    """Print or write the model file of a model with swapped rows.

    Args:
        name: a model name of the host, with or without -slice, -slicesamp or -spd: yolo26n-seg-slice
        rows: numbers of the rows to swap; default: all that can be
        down: block for the strided convolutions, or none; default: as the suffix says
        up: block for the nearest upsamplings, or none; default: as the suffix says
        out: file to write; default: print it
    """
    from yolo_slice.integration.model_files.derived import derive
    from yolo_slice.integration.model_files.model_text import write_model

    if len(name) != 1:
        raise SliceError(f"one model name is needed, not {len(name)}; for example: {EXAMPLE}")
    if out is not None and (out.exists() or out.suffix not in (".yaml", ".yml")):
        raise SliceError(f"{out} exists already" if out.exists() else f"out={out}: the host wants a name with .yaml")
    settings = {"rows": ",".join(map(str, rows or [])), "down": down, "up": up}
    command = " ".join(["yolo-slice yaml", *name, *(f"{key}={value}" for key, value in settings.items() if value)])
    text = write_model(derive(*name, down, up, rows), command)
    if out is None:
        sys.stdout.write(text)
    else:
        write_whole(out, text)
        print(f"{out} written. Train with: yolo train model={out} data=voc.yaml")
    return 0
