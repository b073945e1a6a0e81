"""Matches the classes of a model with those of a data set by name, because their indices differ."""

import re
from collections.abc import Mapping

from yolo_slice.errors import SliceError

# PASCAL VOC's words -> COCO's.
SYNONYMS = {
    "aeroplane": "airplane",
    "motorbike": "motorcycle",
    "sofa": "couch",
    "tvmonitor": "tv",
    "pottedplant": "potted plant",
    "diningtable": "dining table",
}


def match_class_names(data: Mapping[int, str], model: Mapping[int, str]) -> dict[int, int]:
    """Return the model's class for each of the data set's classes that the model knows.

    Names are compared without regard to case, spaces, hyphens and underscores; VOC's words count as COCO's.

    Example:
        >>> match_class_names({0: "sofa", 1: "Traffic_Light", 2: "tower"}, {9: "traffic light", 57: "couch"})
        {0: 57, 1: 9}
    """
    known = {_bare(name): index for index, name in model.items()}
    return {index: known[_bare(name)] for index, name in data.items() if _bare(name) in known}


def match_some(data: Mapping[int, str], model: Mapping[int, str], title: str) -> dict[int, int]:
    """Return what `match_class_names` does.

    Raises:
        SliceError: If the model, called by its title, knows none of the classes.
    """
    if matched := match_class_names(data, model):
        return matched
    few = ", ".join(list(model.values())[:8])
    raise SliceError(f"{title} knows none of the data set's classes by name; it knows {few}, ...")


def _bare(name: str) -> str:
    bare = re.sub(r"[\s_-]+", "", name.casefold())
    return SYNONYMS.get(bare, bare).replace(" ", "")
