"""The key `blocks` of a model file: files of blocks beside it, `blocks: my_blocks.py` or a list.

Opening the model file by its name runs them; in memory, and in checkpoints, the key holds records: where each file was
and the hash of its content. Nothing is run for a record: it only says which of the files that the user has opened or
named is meant (`outside.trust`). A dict from anywhere can so be parsed without a risk.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PureWindowsPath
from typing import Any

from yolo_slice.errors import SliceError
from yolo_slice.integration.log import inform_once, warn
from yolo_slice.integration.model_files.parts import parts_of
from yolo_slice.integration.model_files.rows import rows
from yolo_slice.integration.replacing import Function
from yolo_slice.outside.block_file import MODULE, PACKAGE, BlockFile, module_name, read_block_file
from yolo_slice.outside.running import loaded_file, run_block_file
from yolo_slice.outside.trust import VARIABLE, check_may_run, find_trusted, remember
from yolo_slice.registry import BLOCKS, Block

KEY = "blocks"


def with_blocks(stock: Function) -> Function:
    """Return Ultralytics' `yaml_model_load`, after which the files of a model's blocks have been run."""

    def load(path: Path) -> dict[str, Any]:
        d = stock(path)
        return d if d.get(KEY) is None else {**d, KEY: [_record(file) for file in _open_named(d[KEY], path)]}

    return load


def open_blocks(model: str) -> None:
    """Run the blocks of a model file that the user has named, so that its checkpoints can be opened here.

    Args:
        model: The model file; nothing is done for anything else.
    """
    if model.endswith((".yaml", ".yml")):
        from ultralytics.nn import tasks

        tasks.yaml_model_load(model)


def with_used(d: dict[str, Any]) -> dict[str, Any]:
    """Add records of the files that the environment names and whose blocks the rows use: checkpoints then know them."""
    named = {row[2] for _, row in rows(d)}
    modules = dict.fromkeys(entry.cls.__module__ for name, entry in BLOCKS.items() if name in named)
    files = [file for module in modules if MODULE.fullmatch(module) and (file := loaded_file(module))]
    known = [*(d.get(KEY) or [])]
    new = [record for file in files if (record := _record(file)) not in known]
    return {**d, KEY: [*known, *new]} if new else d


def blocks_of(d: Mapping[str, Any]) -> dict[str, Block]:
    """Return the blocks that a model dict may name: everybody's, layers of ours, and those of its own files, which win.

    Raises:
        SliceError: If a file that it needs is missing or changed, or its `blocks` are no records.
    """
    own = (block for module in modules_in(d) for block in run_block_file(find_file(module)).items())
    return {**BLOCKS, **parts_of(d), **dict(own)}


def modules_in(d: Mapping[str, Any]) -> Iterator[str]:
    """Name the modules that the records of a model dict stand for.

    Raises:
        SliceError: If they are no records.
    """
    for record in d.get(KEY) or []:
        if not (isinstance(record, Mapping) and {"file", "sha256"} <= record.keys()):
            raise SliceError(f"blocks: {d[KEY]!r} is read when a model file is opened by its path: YOLO('model.yaml')")
        module = module_name(PureWindowsPath(str(record["file"])), str(record["sha256"]))  # it may be from elsewhere
        if not MODULE.fullmatch(module):
            raise SliceError(f"blocks: {record!r} is not as yolo-slice writes it")
        yield module


def find_file(module: str, safe_only: bool | None = None) -> BlockFile:
    """Find the file that a module's name stands for, among those that the user has named or opened.

    Raises:
        SliceError: If there is none.
    """
    found = MODULE.fullmatch(module)
    if found is None:
        raise SliceError(f"{module} is no module of {PACKAGE}")
    return loaded_file(module) or find_trusted(found["stem"], found["digest"], safe_only)


def renew_records(d: dict[str, Any]) -> None:
    """Let the records of a checkpoint's model dict say what is used now, where the user has named a changed file."""
    if d.get(KEY):
        d[KEY] = [_record(find_file(module)) for module in modules_in(d)]


def relative_blocks(d: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a model dict whose `blocks` are as a model file in a folder writes them."""
    if not d.get(KEY):
        return dict(d)
    files = [find_file(module).path for module in modules_in(d)]
    return {**d, KEY: [_relative(file, folder.absolute()) for file in files]}


def _relative(file: Path, folder: Path) -> str:
    return Path(os.path.relpath(file, folder)).as_posix()


def _open_named(named: Any, model_file: Path) -> list[BlockFile]:
    words = [named] if isinstance(named, str) else named
    if not (isinstance(words, list) and words and all(isinstance(word, str) for word in words)):
        raise SliceError(f"{model_file}: blocks must be a file beside the model file, or a list of such, not {named!r}")
    return [_open(word, model_file) for word in words]


def _open(word: str, model_file: Path) -> BlockFile:
    """Run a file that a model file names, and take note that the user has opened it."""
    if Path(word).is_absolute():
        raise SliceError(
            f"{model_file}: blocks: {word} must be relative to the model file, as in `blocks: my_blocks.py`"
        )
    folder = _folder(model_file)
    try:
        file = read_block_file(folder / word)
    except SliceError as error:
        raise SliceError(f"{model_file}: blocks: {error}") from None
    check_may_run(file.path, str(model_file))
    found = run_block_file(file)
    if not remember(file):
        warn(f"{file.path} cannot be remembered for other processes; set {VARIABLE}={file.path} for them")
    inform_once(f"{', '.join(sorted(found))} from {file.path}")
    return file


def _folder(model_file: Path) -> Path:
    """Return the folder of the file that Ultralytics has read for a name, with a scale in it or without."""
    from ultralytics.utils.checks import check_yaml

    # 8.4.0 to 8.4.190 nn/tasks.py, yaml_model_load: yolov8x.yaml -> yolov8.yaml
    unscaled = re.sub(r"(\d+)([nslmx])(.+)?$", r"\1\3", str(model_file))
    return Path(check_yaml(str(model_file), hard=False) or check_yaml(unscaled)).absolute().parent


def _record(file: BlockFile) -> dict[str, str]:
    return {"file": str(file.path), "sha256": file.sha256}
