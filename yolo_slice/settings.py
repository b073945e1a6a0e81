"""What a settings class says: a dataclass with the types, the defaults and, in its docstring, the help of a command."""

import inspect
import re
import typing
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Setting:
    """One of them.

    Attributes:
        name: The field's name, which is the key on the command line.
        hint: Its type.
        default: MISSING if it must be given.
        text: What the docstring says of it, in one line and without the full stop.
        named: The values there are, where the field's metadata has "choices".
        examples: Values that the help lists, where the field's metadata has "examples"; others may be right, too.
    """

    name: str
    hint: Any
    default: Any
    text: str
    named: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()

    @property
    def is_required(self) -> bool:
        """Whether it has no default."""
        return self.default is MISSING

    @property
    def inner(self) -> Any:
        """The type without `| None`, and that of the members of a tuple."""
        hint = self.hint
        for _ in range(2):
            members = [member for member in typing.get_args(hint) if member not in (type(None), ...)]
            if members and typing.get_origin(hint) is not typing.Literal:
                hint = members[0]
        return hint

    @property
    def is_list(self) -> bool:
        """Whether it has several values, with commas between them."""
        return any(typing.get_origin(hint) is tuple for hint in (self.hint, *typing.get_args(self.hint)))

    @property
    def may_be_none(self) -> bool:
        """Whether None is a value."""
        return type(None) in typing.get_args(self.hint)

    @property
    def choices(self) -> tuple[str, ...]:
        """The values there are, if they are counted."""
        return typing.get_args(self.inner) if typing.get_origin(self.inner) is typing.Literal else self.named


def settings_of(cls: type) -> list[Setting]:
    """List the fields of a settings class, its own before those that it inherits; not the one of `rest_of`.

    Example:
        >>> from yolo_slice.compare.settings import CompareSettings
        >>> [setting.name for setting in settings_of(CompareSettings)]
        ['runs', 'baseline', 'ignore', 'project', 'name', 'exist_ok']
    """
    hints = typing.get_type_hints(cls)
    known = {field.name: field for field in fields(cls)}
    names = dict.fromkeys(name for owner in cls.__mro__ for name in inspect.get_annotations(owner))
    texts = {name: text for owner in reversed(cls.__mro__) for name, text in _texts(owner).items()}
    rest = rest_of(cls)
    return [_setting(known[name], hints[name], texts.get(name, "")) for name in names if name != rest]


def rest_of(cls: type) -> str | None:
    """Name the field that takes all settings with other names, unconverted: the one with "rest" in its metadata."""
    return next((field.name for field in fields(cls) if "rest" in field.metadata), None)


def text_of_rest(cls: type) -> str:
    """Return what the docstring says of that field."""
    return _texts(cls).get(rest_of(cls) or "", "")


def written(value: object) -> str:
    """Write a value as it is typed on a command line.

    Example:
        >>> written((0.0, 8.5)), written(True), written(("a.pt", "b.pt"))
        ('0,8.5', 'True', 'a.pt,b.pt')
    """
    if isinstance(value, (list, tuple)):
        return ",".join(map(written, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _setting(known: Field[Any], hint: Any, text: str) -> Setting:
    facts = known.metadata
    return Setting(known.name, hint, known.default, text, facts.get("choices", ()), facts.get("examples", ()))


def _texts(cls: type) -> Mapping[str, str]:
    """Read the Attributes section of a docstring in Google form."""
    section = re.search(r"(?ms)^Attributes:\n(.*?)(?=^\S|\Z)", inspect.cleandoc(cls.__doc__ or ""))
    entries = re.findall(r"(?ms)^    (\w+): (.*?)(?=^    \S|\Z)", section[1] if section else "")
    return {name: " ".join(text.split()).rstrip(".") for name, text in entries}
