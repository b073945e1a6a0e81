"""Settings written KEY=VALUE, as the host's command writes them; a function's signature says which there are."""

import difflib
import inspect
import re
import types
import typing
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from yolo_slice.errors import SliceError

EXPECTED = {
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    str: "a text",
    Path: "a path",
}


def read_settings(
    function: Callable[..., Any], tokens: Sequence[str], example: str
) -> tuple[list[Any], dict[str, Any]]:
    """Turn command-line words into arguments of `function`, converted to the types that its signature names.

    `KEY=VALUE` sets a parameter; a word without `=` goes to the function's `*parameter`, if it has one. A list is
    written with commas: `classes=person,horse`.

    Args:
        function: Keyword parameters are settings; supported types: str, int, float, bool, Path, lists of them,
            Literal, and each of these or None.
        tokens: The words.
        example: A right command line, for the error message about a missing setting.

    Raises:
        SliceError: For a word that is no setting, an unknown, repeated or missing key, or a value of the wrong type.

    Example:
        >>> def cam(model: str, layers: list[int] | None = None, conf: float = 0.25): ...
        >>> read_settings(cam, ["model=best.pt", "layers=17,20"], "")
        ([], {'model': 'best.pt', 'layers': [17, 20]})
    """
    hints = typing.get_type_hints(function)
    parameters = inspect.signature(function).parameters
    rest = next((p for p in parameters.values() if p.kind is p.VAR_POSITIONAL), None)
    known = [p.name for p in parameters.values() if p is not rest]
    positional: list[Any] = []
    settings: dict[str, Any] = {}
    for token in tokens:
        key, equals, value = token.partition("=")
        if not equals or not key.isidentifier():
            if rest is None:
                raise SliceError(f"{token!r} is not a setting; settings are written KEY=VALUE: {', '.join(known)}")
            positional.append(_convert(rest.name, token, hints[rest.name]))
        elif key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}=?" if near else f"settings: {', '.join(known)}"
            raise SliceError(f"unknown setting {token!r}; {hint}")
        elif key in settings:
            raise SliceError(f"{key}= is given twice; give it once")
        else:
            settings[key] = _convert(key, value, hints[key])
    missing = [p.name for p in parameters.values() if p is not rest and p.default is p.empty and p.name not in settings]
    if missing:
        raise SliceError(f"{missing[0]}= is missing; for example: {example}")
    return positional, settings


def describe_settings(function: Callable[..., Any]) -> str:
    """List a function's settings for `--help`: name, default and what its docstring's Args section says of it."""
    texts = _argument_texts(inspect.getdoc(function) or "")
    lines = ["settings:"]
    for p in inspect.signature(function).parameters.values():
        name = p.name if p.kind is p.VAR_POSITIONAL else f"{p.name}="
        default = "" if p.default in (p.empty, None) else f" (default: {_written(p.default)})"
        required = " (required)" if p.default is p.empty and p.kind is not p.VAR_POSITIONAL else ""
        lines.append(f"  {name:<14} {texts.get(p.name, '')}{default}{required}")
    return "\n".join(lines)


def _written(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _argument_texts(doc: str) -> dict[str, str]:
    """Read the Args section of a docstring in Google form."""
    section = re.search(r"(?ms)^Args:\n(.*?)(?=^\S|\Z)", doc)
    entries = re.findall(r"(?ms)^    \*?(\w+): (.*?)(?=^    \S|\Z)", section[1] if section else "")
    return {name: " ".join(text.split()).rstrip(".") for name, text in entries}


def _convert(key: str, value: str, hint: Any) -> Any:
    """Convert a value to the type that the signature names."""
    options = typing.get_args(hint)
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        if type(None) in options and value.lower() in ("none", ""):
            return None
        return _convert(key, value, next(option for option in options if option is not type(None)))
    if typing.get_origin(hint) is list:
        return [_convert(key, part.strip(), options[0]) for part in value.strip("[]()").split(",") if part.strip()]
    if typing.get_origin(hint) is typing.Literal:
        chosen = next((option for option in options if str(option).lower() == value.lower()), None)
        if chosen is None:
            raise SliceError(f"{key}={value}: expected one of {', '.join(map(str, options))}")
        return chosen
    try:
        return {"true": True, "false": False}[value.lower()] if hint is bool else hint(value)
    except (ValueError, KeyError):
        raise SliceError(f"{key}={value}: expected {EXPECTED[hint]}") from None
