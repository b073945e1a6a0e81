"""The words after a command become its settings: `key=value`, `--key=value` and `--key value` are the same thing."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from yolo_slice.errors import SliceError
from yolo_slice.settings import Setting, rest_of, settings_of, written

S = TypeVar("S")
EXPECTED = {int: "a whole number", float: "a number", bool: "True or False", str: "a text", Path: "a path"}
BOOLEANS = {"true": True, "false": False}


def read_settings(cls: type[S], words: Sequence[str], places: Sequence[str] = (), example: str = "") -> S:
    """Make a command's settings from the words after it.

    Args:
        cls: Settings class; its fields may be str, int, float, bool, Path, Literal, tuples of one of them, and None.
        words: `key=value`, `--key=value`, `--key value`; `--key` alone is True. Values of tuples have commas between.
        places: Keys that words without a key are for, in this order; the last takes all that are left if it is a tuple.
        example: A right command line, for the error about a missing setting.

    Raises:
        SliceError: For a word that is no setting, an unknown, repeated or missing key, or a value of the wrong type.

    Example:
        >>> from yolo_slice.compare.settings import CompareSettings
        >>> read_settings(CompareSettings, ["runs/a", "runs/b", "--name", "ab", "exist_ok=true"], ["runs"]).runs
        ('runs/a', 'runs/b')
    """
    known = {setting.name: setting for setting in settings_of(cls)}
    values: dict[str, Any] = {}
    rest, loose = dict[str, str](), list[str]()
    for key, value in _pairs(words, known, is_open=rest_of(cls) is not None):
        if key is None:
            loose.append(value)
        elif key in values or key in rest:
            raise SliceError(f"{key}= is given twice; give it once")
        elif key in known:
            values[key] = convert(known[key], value)
        else:
            rest[key] = value
    _place(loose, [known[place] for place in places], known, values)
    missing = [setting.name for setting in known.values() if setting.is_required and setting.name not in values]
    if missing:
        raise SliceError(f"{missing[0]}= is missing; for example: {example}")
    return cls(**values, **({name: rest} if (name := rest_of(cls)) else {}))


def _pairs(words: Sequence[str], known: dict[str, Setting], is_open: bool) -> Iterator[tuple[str | None, str]]:
    """Divide words into keys and values; a word without a key has None. With `is_open`, any key is right."""
    ahead = list(reversed(words))
    while ahead:
        word = ahead.pop()
        key, equals, value = word.partition("=")
        is_option = word.startswith("--")
        key = key[2:].replace("-", "_") if is_option else key
        if not key.isidentifier() or not (equals or is_option):
            yield None, word
            continue
        if key not in known and not is_open:
            hint = near(key, known, "settings: ", "=") if known else "there are no settings"
            raise SliceError(f"unknown setting {word!r}; {hint}")
        if not equals:
            value = _following(word, known.get(key, Setting(key, str, "", "")), ahead)
        yield key, value


def _following(word: str, setting: Setting, ahead: list[str]) -> str:
    """Take the value that is a word of its own."""
    if setting.inner is bool:
        return ahead.pop() if ahead and ahead[-1].lower() in BOOLEANS else "True"
    if not ahead or ahead[-1].startswith("--"):
        raise SliceError(f"{word} has no value; write {setting.name}=VALUE or {word} VALUE")
    return ahead.pop()


def _place(loose: Sequence[str], places: Sequence[Setting], known: Iterable[str], values: dict[str, Any]) -> None:
    """Give words without a key to the settings that they are for."""
    rest = places[-1] if places and places[-1].is_list else None
    singles = places[:-1] if rest else places
    taken: dict[Setting, Any] = {setting: convert(setting, word) for setting, word in zip(singles, loose, strict=False)}
    if left := loose[len(taken) :]:
        if rest is None:
            listed = f"settings are written key=value: {', '.join(known)}" if known else "there are no settings"
            raise SliceError(f"{left[0]!r} is not a setting; {listed}")
        taken[rest] = tuple(convert_one(rest, word) for word in left)
    for setting, value in taken.items():
        if setting.name in values:
            raise SliceError(f"{setting.name}= is given twice, {written(value)!r} is it, too; give it once")
        values[setting.name] = value


def near(word: str, known: Iterable[str], otherwise: str, end: str = "") -> str:
    """Ask for the known words that are like one, or list all."""
    names = [*known]
    found = difflib.get_close_matches(word, names, n=2)
    return f"did you mean {' or '.join(f'{name}{end}' for name in found)}?" if found else otherwise + ", ".join(names)


def convert(setting: Setting, text: str) -> Any:
    """Convert a text to the setting's type.

    Raises:
        SliceError: If it has none of the right form.
    """
    if setting.may_be_none and text.lower() in ("none", ""):
        return None
    if not setting.is_list:
        return convert_one(setting, text)
    return tuple(convert_one(setting, part.strip()) for part in text.strip("[]()").split(",") if part.strip())


def convert_one(setting: Setting, text: str) -> Any:
    """Convert one value, or one member of a tuple."""
    if setting.choices:
        chosen = {str(choice).lower(): choice for choice in setting.choices}
        if text.lower() not in chosen:
            raise SliceError(f"{setting.name}={text}: expected one of {', '.join(setting.choices)}")
        return chosen[text.lower()]
    try:
        return BOOLEANS[text.lower()] if setting.inner is bool else setting.inner(text)
    except (ValueError, KeyError):
        raise SliceError(f"{setting.name}={text}: expected {EXPECTED[setting.inner]}") from None
