"""Which names of model files there are: Ultralytics', ours, and each of Ultralytics' with a suffix of ours."""

import difflib
import re
from pathlib import Path

from yolo_slice.errors import SliceError
from yolo_slice.integration.data.bounded_yaml import load_yaml
from yolo_slice.integration.model_files.stock_files import find_stock_yaml, stock_model_names
from yolo_slice.integration.model_files.suffixes import SUFFIXES, split_stem, swaps_of, words
from yolo_slice.paths import CFG, find_shipped

SCALED = re.compile(r"^(yolo(?:e-)?v?\d+)([nslmx])(?=\W|$)")  # yolov8n-seg.yaml is yolov8-seg.yaml of the scale n


class ModelFileNotFoundError(SliceError, FileNotFoundError):
    """A name that neither Ultralytics nor yolo-slice has, but that resembles one that yolo-slice has."""


def check_model_file(name: str) -> None:
    """Refuse the name of a model file that neither is a file nor can be found or derived.

    Args:
        name: As a user writes it; `.yaml` may be left out.

    Raises:
        SliceError: With the nearest name, if one is near; or if the file is no YAML with keys.
    """
    file = name if name.endswith((".yaml", ".yml")) else f"{name}.yaml"
    if not is_known(file):
        _refuse_two_of_a_kind(file)
        near = nearest_name(Path(file).name).removesuffix("" if file == name else ".yaml")
        raise SliceError(f"model={name}: there is no such model file{f'; did you mean {near}?' if near else ''}")
    if Path(file).is_file() and not isinstance(load_yaml(Path(file)), dict):
        raise SliceError(f"model={name} is no model file: expected YAML with the keys backbone and head")


def refuse_misspelt(name: str) -> None:
    """Refuse a bare name that nobody has and that resembles one of ours; what resembles nothing is not our business.

    Raises:
        ModelFileNotFoundError: With the nearest name.
    """
    _refuse_two_of_a_kind(name)
    near = nearest_name(name) if Path(name).name == name else ""
    if near and near != name and (find_shipped(_unscaled(near)) or split_name(Path(near))[1]):
        raise ModelFileNotFoundError(f"'{name}' does not exist; did you mean {near}?")


def _refuse_two_of_a_kind(name: str) -> None:
    """Refuse a name with two suffixes that go in one direction, where the model without them is there."""
    base, last = split_name(Path(name))
    model, before = split_name(base)
    if last and before and _is_there(str(model)):
        direction = " and ".join(swaps_of(last))
        raise ModelFileNotFoundError(
            f"'{name}' does not exist: {before} and {last} are both for rows that go {direction}; a suffix is one "
            "block, or one that goes down and one that goes up"
        )


def split_name(path: Path) -> tuple[Path, str]:
    """Split the name of a model file into that of the model derived from, and our suffix; none leaves it whole.

    Example:
        >>> split_name(Path("yolo26n-seg-slice.yaml"))[1], split_name(Path("yolo26n-seg.yaml"))[1]
        ('slice', '')
    """
    base, suffix = split_stem(path.stem)
    return (path.with_name(base + path.suffix), suffix) if suffix else (path, "")


def is_known(name: str) -> bool:
    """Tell whether a model file is there under a name, or can be derived from one that is.

    Example:
        >>> is_known("yolov8n-seg.yaml"), is_known("yolov8n-seg-slice.yaml"), is_known("yolov8n-slce.yaml")
        (True, True, False)
    """
    return _is_there(name) or _is_there(str(split_name(Path(name))[0]))


def nearest_name(name: str) -> str:
    """Return the known name that a wrong one resembles most, with its letter of the scale; empty if none does.

    Example:
        >>> nearest_name("yolov8n-slce.yaml"), nearest_name("my-model.yaml")
        ('yolov8n-slice.yaml', '')
    """
    found = SCALED.match(name)
    known = {file.name for file in CFG.rglob("*.yaml")} | {f"{stem}.yaml" for stem in _stems(name)}
    near = difflib.get_close_matches(_unscaled(name), sorted(known), n=1, cutoff=0.8)
    return re.sub(r"^(yolo(?:e-)?v?\d+)", rf"\g<1>{found[2] if found else ''}", near[0]) if near else ""


def _stems(name: str) -> list[str]:
    """List Ultralytics' names and those derived from them with the suffixes that the name's last parts resemble."""
    stock, known = stock_model_names(), sorted({*SUFFIXES, *dict(words())})
    *_, before, last = ["", *Path(name).stem.split("-")]
    near, above = (difflib.get_close_matches(part, known, n=1) for part in (last, before))
    suffixes = near + [f"{a}-{b}" for a in above for b in near if len({*swaps_of(a), *swaps_of(b)}) == 2]
    return [*stock, *(f"{stem}-{suffix}" for suffix in suffixes for stem in stock)]


def _unscaled(name: str) -> str:
    return SCALED.sub(r"\1", name)


def _is_there(name: str) -> bool:
    """Tell whether a file has a name, as it is or with the scale taken out as Ultralytics does."""
    folder, bare = Path(name).parent, Path(name).name
    names = (bare, _unscaled(bare), re.sub(r"(\d+)[nslmx]6\b", r"\1-p6", bare))  # yolov5n6 is yolov5-p6 of the scale n
    shipped = any(find_stock_yaml(each) or find_shipped(each) for each in names) if bare == name else False
    return shipped or any((folder / each).is_file() for each in names)
