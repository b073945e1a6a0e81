"""What `--help` says, of all commands and of one."""

import shutil
import textwrap
from collections.abc import Sequence

from yolo_slice.cli.command import Command, command_names, load_command
from yolo_slice.settings import Setting, settings_of, text_of_rest, written

STYLE = "Settings are written key=value; --key value and --key=value are the same thing."
INTRODUCTION = (
    "Slice models for stock Ultralytics. The stock command trains, validates, predicts and exports: "
    "yolo train model=yolov8n-slice.yaml data=voc.yaml"
)


def help_of(name: str) -> str:
    """Write the help of a command, of a group, or, for an empty name, of all commands."""
    names = command_names()
    below = [load_command(other) for other in names if other.startswith(f"{name} ".lstrip()) and other != name]
    if name in names:
        return _of_command(load_command(name), below)
    title = f"usage: yolo-slice {f'{name} COMMAND'.lstrip()} [key=value ...]"
    parts = [title, *([] if name else [_fill(INTRODUCTION)]), _list_commands(below)]
    return "\n\n".join([*parts, _fill(f"{STYLE} `yolo-slice help {below[0].name}` lists those of {below[0].name}.")])


def _of_command(command: Command, below: Sequence[Command]) -> str:
    settings = settings_of(command.settings)
    known = {setting.name: setting for setting in settings}
    words = [_place(known[place]) for place in command.places]
    usage = " ".join(["usage: yolo-slice", command.name, *words, *(["[key=value ...]"] if settings else [])])
    parts = [usage, _fill(f"{command.summary}."), f"  {command.example_line}"]
    if settings:
        entries = [_entry(f"{s.name}=", _describe(s)) for s in settings]
        entries += [_entry("any other", text)] if (text := text_of_rest(command.settings)) else []
        parts.append("\n".join(["settings:", *entries, "", STYLE]))
    return "\n\n".join([*parts, *([_list_commands(below)] if below else [])])


def _place(setting: Setting) -> str:
    word = f"{setting.name.upper()}{' ...' if setting.is_list else ''}"
    return word if setting.is_required else f"[{word}]"


def _describe(setting: Setting) -> str:
    """Write the text of a setting, its choices and its default."""
    values = ", ".join(setting.choices or setting.examples)
    choices = [f"{'some' if setting.is_list else 'one'} of {values}"] if values else []
    has_default = not setting.is_required and setting.default not in (None, (), "")
    default = [f"default: {written(setting.default)}"] if has_default else []
    facts = [*choices, *default, *(["required"] if setting.is_required else [])]
    return f"{setting.text} ({'; '.join(facts)})" if facts else setting.text


def _list_commands(commands: Sequence[Command]) -> str:
    entries = (_entry(command.name, f"{command.summary[0].lower()}{command.summary[1:]}") for command in commands)
    return "\n".join(["commands:", *entries])


def _entry(name: str, text: str) -> str:
    return _fill(text, f"  {name:<15} ", " " * 18)


def _fill(text: str, first: str = "", other: str = "") -> str:
    width = max(60, min(shutil.get_terminal_size().columns, 120))
    return textwrap.fill(text, width, initial_indent=first, subsequent_indent=other, break_on_hyphens=False)
