"""YAML that somebody else has written: loaded without code, and only as far as it stays small."""

from pathlib import Path
from typing import Any

import yaml

from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import read_text

LARGEST = 500_000  # bytes: the names of more than 20,000 classes
DEEPEST = 50  # lists and mappings in each other
MOST_NODES = 100_000  # with what aliases repeat


class BoundedLoader(yaml.SafeLoader):
    """Refuses what is nested too deep, and aliases of aliases that would become huge."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0
        self._sizes: dict[int, int] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose a node, and count it with all below it."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise yaml.YAMLError(f"nested more than {DEEPEST} deep")
        node = super().compose_node(parent, index)
        self._depth -= 1
        size = self._sizes[id(node)] = self._sizes.get(id(node)) or 1 + sum(map(self._size_of, _children(node)))
        if size > MOST_NODES:
            raise yaml.YAMLError(f"more than {MOST_NODES} entries, with what aliases repeat")
        return node

    def _size_of(self, node: Any) -> int:
        return self._sizes.get(id(node), 1)


def _children(node: Any) -> list[Any]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def load_yaml(file: Path) -> Any:
    """Load a YAML file.

    Raises:
        SliceError: If it cannot be read, is not YAML, with the line, or is beyond reason.
    """
    try:
        return yaml.load(read_text(file, most=LARGEST), BoundedLoader)
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 1
        raise SliceError(f"{file}, line {line}: not YAML ({fault.problem})") from fault
    except (yaml.YAMLError, ValueError, RecursionError, OSError) as fault:
        raise SliceError(f"{file}: not YAML ({' '.join(str(fault).split())})") from fault
