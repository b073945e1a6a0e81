"""`yolo-slice yaml`: the model file of a derived model, with rows and blocks to choose for an ablation."""

import sys
from dataclasses import replace
from pathlib import Path

from yolo_slice.errors import SliceError
from yolo_slice.integration.model_files.settings import YamlSettings
from yolo_slice.settings import written

EXAMPLE = "yolo26n-seg-slice rows=1,3,5"
PLACES = ("model",)


def run(settings: YamlSettings) -> int:
    """Print or write it."""
    from yolo_slice.integration.model_files.model_names import check_model_file

    if settings.out is not None:
        _check_out(settings.out)
    check_model_file(settings.model)

    from yolo_slice.atomic_file import write_whole
    from yolo_slice.integration.model_files.block_key import relative_blocks
    from yolo_slice.integration.model_files.derived import derive
    from yolo_slice.integration.model_files.model_text import write_model

    changes = {"rows": settings.rows, "down": settings.down, "up": settings.up}
    words = [settings.model, *(f"{key}={written(value)}" for key, value in changes.items() if value)]
    derivation = derive(settings.model, settings.down, settings.up, settings.rows)
    folder = settings.out.parent if settings.out else Path()
    derivation = replace(derivation, model=relative_blocks(derivation.model, folder))
    text = write_model(derivation, " ".join(["yolo-slice yaml", *words]))
    if settings.out is None:
        sys.stdout.write(text)
    else:
        write_whole(settings.out, text)
        print(f"{settings.out} written. Train with: yolo train model={settings.out} data=voc.yaml")
    return 0


def _check_out(file: Path) -> None:
    if file.exists():
        raise SliceError(f"out={file} exists; remove it, or name another file")
    if file.suffix not in (".yaml", ".yml"):
        raise SliceError(f"out={file}: Ultralytics wants a name with .yaml")
    if not file.parent.is_dir():
        raise SliceError(f"out={file}: there is no folder {file.parent}")
