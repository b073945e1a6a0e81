"""A class of objects, as COCO describes one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Category:
    """A class; its index is its place in the data set's list of categories.

    Attributes:
        name: Class name.
        id: COCO's category id; None where the format has none.
        extra: What else COCO's file says of it, such as the supercategory.
    """

    name: str
    id: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
