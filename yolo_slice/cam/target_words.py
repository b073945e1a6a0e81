"""Targets as people write them: a class name, a number, "all", "#3" for a detection, a box, or a list of these."""

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from yolo_slice.cam.targets import AllTarget, BoxTarget, ClassTarget, DetectionTarget, Target
from yolo_slice.errors import SliceError

Word: TypeAlias = "str | int | tuple[float, float, float, float] | Target | None"
Words: TypeAlias = "Word | list[Word]"


def parse_targets(words: Words, names: Mapping[int, str]) -> list[Target]:
    """Turn what a user wrote into targets, one map each.

    Args:
        words: Name or index of a class, "all" or None (all detections), "#3" (detection 3), a box as a tuple of 4
            numbers or as "10,20,200,300" (xyxy, original pixels), a target, or a list of these.
        names: The model's classes.

    Raises:
        SliceError: If a word is none of these, or the model does not have the class.

    Example:
        >>> parse_targets(["dog", "#0"], {0: "cat", 1: "dog"})
        [ClassTarget(class_id=1), DetectionTarget(index=0)]
    """
    return [parse_target(word, names) for word in (words if isinstance(words, list) else [words])]


def parse_target(word: Word, names: Mapping[int, str]) -> Target:
    """Turn one word into a target; see `parse_targets`."""
    if word is None:
        return AllTarget()
    if isinstance(word, str):
        return _from_text(word.strip(), names)
    if isinstance(word, int) and not isinstance(word, bool):
        return ClassTarget(_known(word, names))
    if isinstance(word, tuple):
        return _box(word)
    if isinstance(word, Target):
        return word
    raise SliceError(
        f"target {word!r}: got a {type(word).__name__}, expected a class (name or index), 'all', '#3' for a "
        "detection, a box (tuple of 4 numbers, xyxy) or a list of these"
    )


def _from_text(text: str, names: Mapping[int, str]) -> Target:
    classes = {name: index for index, name in names.items()}
    lower = {name.lower(): index for name, index in classes.items()}
    if text in classes or text.lower() in lower:
        return ClassTarget(classes.get(text, lower[text.lower()]))
    if text.lower() == "all":
        return AllTarget()
    if text.removeprefix("#").isdecimal():
        number = int(text.removeprefix("#"))
        return DetectionTarget(number) if text.startswith("#") else ClassTarget(_known(number, names))
    if text.count(",") == 3:
        return _box(text.split(","))
    raise SliceError(f"the model has no class {text!r}; {_near(text, classes)}")


def _known(index: int, names: Mapping[int, str]) -> int:
    if index in names:
        return index
    raise SliceError(f"target {index}: the model has classes {min(names)} to {max(names)}")


def _box(sides: Iterable[object]) -> BoxTarget:
    given = tuple(sides)
    try:
        left, top, right, bottom = (float(str(side)) for side in given)
    except ValueError as error:
        raise SliceError(f"target {given}: a box is 4 numbers, left, top, right, bottom, in pixels") from error
    if not (left < right and top < bottom):
        raise SliceError(f"target {given}: a box without area; expected left, top, right, bottom in pixels")
    return BoxTarget((left, top, right, bottom))


def _near(text: str, classes: Iterable[str]) -> str:
    known = list(classes)
    near = difflib.get_close_matches(text.lower(), known, n=3)
    if near:
        return f"did you mean {', '.join(near)}?"
    shown = ", ".join(known[:12])
    return f"it has {shown}{', ...' if len(known) > 12 else ''} ({len(known)} classes)"
