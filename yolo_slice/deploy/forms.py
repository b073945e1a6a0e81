"""Which form of each block a runtime gets: the one table."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from torch import nn

from yolo_slice.deploy.four import four
from yolo_slice.deploy.in_rows import in_rows
from yolo_slice.deploy.shuffled import shuffled, transposed
from yolo_slice.deploy.strided import strided
from yolo_slice.deploy.taps import taps_merged, taps_only

Form = Callable[[Any], nn.Module | None]  # a block in eval mode -> the same function otherwise written, or None

# No slice with a step, no gather, no scatter, no tensor of more than four dimensions
PLAIN: Mapping[str, Form] = MappingProxyType(
    {
        "HWD": strided,
        "PatchMerging": taps_merged,
        "SPDConv": strided,
        "SliceSamp": four,
        "SliceUpsamp": shuffled,
        "Slicing": strided,
        "SlicingConv3x3": strided,
        "SpaceToDepth": taps_only,
    }
)
UP_ONLY = {"SliceUpsamp": shuffled}
RANK_4 = {**PLAIN, "SliceUpsamp": transposed}
# Formats as Ultralytics names them; any other gets PLAIN, because what a converter does not know it may get wrong.
FORMS: Mapping[str, Mapping[str, Form]] = MappingProxyType(
    {
        "torchscript": {**UP_ONLY, "HWD": strided, "Slicing": strided},  # torch's own kernels: slices are the fastest
        "litert": RANK_4,
        "executorch": RANK_4,
    }
)

# Where the graph is for one size of image: instead of the form above.
ONE_SIZE: Mapping[str, Mapping[str, Form]] = MappingProxyType({"openvino": {"SliceSamp": in_rows}})


def forms_of(runtime: str, one_size: bool = False) -> Mapping[str, Form]:
    """Return block name -> form for a runtime; a block without a form keeps its own.

    Args:
        runtime: A format of `yolo export`.
        one_size: Whether the graph will be given images of one size only.
    """
    return {**FORMS.get(runtime, PLAIN), **(ONE_SIZE.get(runtime, {}) if one_size else {})}
