"""A derived model as the text of a model file: every row with its number, and what it was."""

import textwrap
from typing import Any

import yaml

from yolo_slice.errors import one_line
from yolo_slice.integration.model_files.derived import Derivation


def write_model(derivation: Derivation, command: str) -> str:
    """Write a derived model as a model file; Ultralytics reads the same model from it.

    A scale that the name gave, as `yolo26s-...`, stays as the only one, because Ultralytics chooses a scale by the
    file's name, and the text may be put into a file of any name.

    Args:
        derivation: The model.
        command: What made it, for the header.
    """
    model = {key: value for key, value in derivation.model.items() if key not in ("scale", "yaml_file")}
    scale = derivation.model.get("scale")
    if scale and scale in model.get("scales", {}):
        model["scales"] = {scale: model["scales"][scale]}
    split = len(model.pop("backbone"))
    count = split + len(model.pop("head"))
    notes = {r.index: f", was {r.row[2]} {_flow(r.row[3])}" for r in derivation.swapped}
    notes |= {r.index: f", left: {r.fault or 'not chosen'}" for r in derivation.left}
    rows = [f"  - {_flow(derivation.row(i))} # {i}{notes.get(i, '')}" for i in range(count)]
    header = [command, "", *textwrap.wrap(f"{derivation}.", 110)]
    parts = [*(f"# {one_line(line)}".rstrip() for line in header), "", *map(_setting, model.items())]
    return "\n".join([*parts, "", "backbone:", *rows[:split], "", "head:", *rows[split:]]) + "\n"


def _setting(item: tuple[str, Any]) -> str:
    style = None if isinstance(item[1], (dict, list)) else False  # None: collections in block form, their parts in flow
    return yaml.safe_dump(dict([item]), default_flow_style=style, sort_keys=False, width=1_000_000).rstrip()


def _flow(value: Any) -> str:
    return yaml.safe_dump(value, default_flow_style=True, width=1_000_000).strip()
