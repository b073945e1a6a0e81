"""A command of `yolo-slice`: a module of `commands/`, named by its words with `_` between them, `__` for a hyphen."""

import importlib
import inspect
import pkgutil
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from yolo_slice.cli import commands
from yolo_slice.cli.words import near, read_settings
from yolo_slice.errors import SliceError


@dataclass(frozen=True, slots=True)
class Command:
    """What a module of `commands/` says.

    Attributes:
        name: Its words: "cam score".
        run: Does the work that settings ask for, and returns the exit status.
        settings: The class of its one argument; the first line of its docstring says what the command does.
        example: The words after the name in a good example.
        places: Keys of the words that need no key.
    """

    name: str
    run: Callable[[Any], int]
    settings: type
    example: str
    places: tuple[str, ...]

    @property
    def summary(self) -> str:
        """Say in one line what it does."""
        return inspect.cleandoc(self.settings.__doc__ or "").splitlines()[0].rstrip(".")

    @property
    def example_line(self) -> str:
        """The whole example."""
        return f"yolo-slice {self.name} {self.example}".rstrip()

    def read(self, words: Sequence[str]) -> Any:
        """Make its settings from the words after its name; SliceError if they are wrong."""
        return read_settings(self.settings, words, self.places, self.example_line)


def command_names() -> list[str]:
    """Name all commands."""
    return sorted(m.name.replace("__", "-").replace("_", " ") for m in pkgutil.iter_modules(commands.__path__))


def load_command(name: str) -> Command:
    """Import a command's module; what does its work is imported when it runs."""
    file = name.replace("-", "__").replace(" ", "_")
    module = importlib.import_module(f"{commands.__name__}.{file}")
    (settings,) = (hint for key, hint in typing.get_type_hints(module.run).items() if key != "return")
    return Command(name, module.run, settings, module.EXAMPLE, getattr(module, "PLACES", ()))


def split_name(words: Sequence[str]) -> tuple[str, list[str]]:
    """Divide a command line into the name of a command, or of a group such as `data`, and the words after it.

    Raises:
        SliceError: If there is no such command.
    """
    name, names = "", command_names()
    for number, word in enumerate(words):
        longer = " ".join([name, word]).strip()
        if not any(f"{known} ".startswith(f"{longer} ") for known in names):
            below = _below(name, names)
            takes_it = name in names and ("=" in word or word[:1] == "-" or not below)
            if word != "help" and not takes_it:
                raise SliceError(f"unknown command {longer!r}; {near(longer, below, 'commands: ')}")
            return name, [*words[number:]]
        name = longer
    return name, []


def _below(group: str, names: Sequence[str]) -> list[str]:
    """List the commands of a group; of the whole, all of them and the groups."""
    below = [name for name in names if name.startswith(f"{group} ".lstrip())]
    return below if group else list(dict.fromkeys([*(name.split()[0] for name in names), *names]))
