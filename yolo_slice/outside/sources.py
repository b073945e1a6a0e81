"""Where blocks from outside come from: packages by their entry points, files by the environment."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint

import torch

from yolo_slice.errors import one_line
from yolo_slice.outside.block_file import read_block_file
from yolo_slice.outside.running import classes_of, run_block_file
from yolo_slice.outside.trust import VARIABLE, named_paths
from yolo_slice.registry import BLOCKS, Block, add_block


@dataclass(frozen=True, slots=True)
class Source:
    """A package or a file that brings blocks to everything, whatever model file is opened.

    Attributes:
        name: What it is called in messages.
        blocks: The names of its blocks.
        fault: Why they are left out; empty if they are not.
    """

    name: str
    blocks: tuple[str, ...] = ()
    fault: str = ""


SOURCES: list[Source] = []


def add_sources(points: Iterable[EntryPoint]) -> None:
    """Add the blocks of packages, and then of the files that the environment names, to `BLOCKS`.

    A source that fails is left out with one line on stderr: it must stop neither Ultralytics nor our own blocks.

    Args:
        points: The entry points of our group, each the module of a package that has blocks in it.
    """
    for point in points:
        _add(f"package {point.dist.name if point.dist else point.value}", lambda point=point: _of_package(point))
    for path in named_paths():
        _add(f"{VARIABLE}={path}", lambda path=path: _of_file(run_block_file(read_block_file(path))))


def _add(name: str, take: Callable[[], Iterable[str]]) -> None:
    try:
        source = Source(name, tuple(sorted(take())))
    except Exception as fault:  # it is somebody's program
        source = Source(name, fault=one_line(f"{type(fault).__name__}: {fault}"))
        print(f"yolo-slice: the blocks of {name} are left out ({source.fault})", file=sys.stderr)
    SOURCES.append(source)


def _of_package(point: EntryPoint) -> Iterable[str]:
    point.load()
    module = sys.modules[point.module]
    torch.serialization.add_safe_globals(classes_of(module))
    package = point.module.partition(".")[0]
    return [name for name, entry in BLOCKS.items() if entry.cls.__module__.partition(".")[0] == package]


def _of_file(found: dict[str, Block]) -> Iterable[str]:
    for entry in found.values():
        add_block(BLOCKS, entry)
    return found
