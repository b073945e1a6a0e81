"""Files of blocks, run: the module that each is, and the blocks that it registers."""

import importlib
import sys
import traceback
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import torch
from torch import nn

from yolo_slice.errors import SliceError
from yolo_slice.outside.block_file import MODULE, BlockFile
from yolo_slice.outside.trust import find_trusted
from yolo_slice.registry import Block, registered_apart

_READY: dict[str, BlockFile] = {}  # files that may be run, by the name of their module


def run_block_file(file: BlockFile) -> dict[str, Block]:
    """Run a file of blocks, once in a process, and return its blocks by name. Whether it may be run, others decide.

    Raises:
        SliceError: If it fails, or registers no block.
    """
    return vars(_import(file))["BLOCKS_OF_THIS_FILE"]


def loaded_file(module: str) -> BlockFile | None:
    """Return the file that a module's name stands for in this process; None before it is run."""
    return vars(sys.modules[module]).get("THIS_FILE") if module in sys.modules else None


def _import(file: BlockFile) -> ModuleType:
    _READY[file.module] = file
    module = importlib.import_module(file.module)
    vars(module)["THIS_FILE"] = file  # the same content may lie in several places; this one is meant now
    return module


def spec_of(module: str) -> ModuleSpec | None:
    """Say how Python makes a module out of a file that may be run; None for what is no file of blocks.

    Raises:
        SliceError: If no file may be run for it.
    """
    asked = MODULE.fullmatch(module)
    if asked is None:
        return None
    try:
        file = _READY.get(module) or find_trusted(asked["stem"], asked["digest"])
    except SliceError as error:
        raise SliceError(f"this needs {error}") from None
    return ModuleSpec(module, _Loader(file) if file.module == module else _Alias(file), origin=str(file.path))


class _Loader(Loader):
    """Runs what was read: a file that changes after it was hashed is not read again."""

    def __init__(self, file: BlockFile) -> None:
        self.file = file

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = str(self.file.path)
        with registered_apart(module.__name__) as found:
            try:
                exec(compile(self.file.source, str(self.file.path), "exec"), vars(module))
            except Exception as fault:  # it is somebody's program
                raise SliceError(f"{_place(self.file, fault)}: {type(fault).__name__}: {fault}") from fault
        if not found:
            raise SliceError(f"{self.file.path} has no block: decorate a class with @block(scale=...)")
        vars(module).update(BLOCKS_OF_THIS_FILE=found, THIS_FILE=self.file)
        torch.serialization.add_safe_globals(classes_of(module))


class _Alias(Loader):
    """A changed file that the user has named: what older checkpoints call its module is that module."""

    def __init__(self, file: BlockFile) -> None:
        self.file = file

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = _import(self.file)
        self.spec = module.__spec__
        if hasattr(torch.serialization, "get_unsafe_globals_in_checkpoint"):  # torch 2.6: names beside the classes
            names: list[Any] = [(cls, f"{spec.name}.{cls.__qualname__}") for cls in classes_of(module)]
            torch.serialization.add_safe_globals(names)
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.spec  # Python has put the alias's there


def classes_of(module: ModuleType) -> list[Any]:
    """List the classes of layers that a module defines: what checkpoints may hold of it."""
    values = (value for value in vars(module).values() if isinstance(value, type) and issubclass(value, nn.Module))
    return [value for value in values if value.__module__ == module.__name__]


def _place(file: BlockFile, fault: Exception) -> str:
    """Name the line of the file at which it has failed."""
    lines = [frame.lineno for frame in traceback.extract_tb(fault.__traceback__) if frame.filename == str(file.path)]
    line = fault.lineno if isinstance(fault, SyntaxError) else lines[-1] if lines else None
    return f"{file.path}, line {line}" if line else str(file.path)
