"""Which layers of a model a conversion changes."""

from collections.abc import Sequence

from torch import nn

from yolo_slice.errors import SliceError
from yolo_slice.integration.inference.exchange import ExchangeableLayer, find_exchangeable


def plan_conversion(
    model: nn.Module, rows: Sequence[int] | None, is_stem_included: bool, is_upsampling_included: bool
) -> tuple[list[ExchangeableLayer], dict[int, str]]:
    """Choose the layers, and say of the others that change resolution why they stay.

    Args:
        model: A model of Ultralytics.
        rows: Layer indices to change; None is all of the kinds that the other two arguments allow.
        is_stem_included: Layer 0 too, which the papers keep.
        is_upsampling_included: Nearest upsampling too.

    Raises:
        SliceError: If a chosen row cannot be changed, or there is none to change.
    """
    sites, left = find_exchangeable(model)
    possible = {site.index: site for site in sites if is_upsampling_included or not site.is_upsampling}
    for index in rows or ():
        if index not in possible:
            reason = left.get(index, "it is not of a kind that this conversion changes")
            raise SliceError(f"rows={index}: {reason}; rows that can be changed: {', '.join(map(str, possible))}")
    if rows is None and not is_stem_included and 0 in possible:
        left[0] = "the stem, which the papers keep (stem=True changes it)"
        del possible[0]
    chosen = [site for index, site in possible.items() if rows is None or index in rows]
    if not chosen:
        reasons = "; ".join(f"layer {index}: {reason}" for index, reason in left.items())
        raise SliceError(f"the model has no layer that can be converted ({reasons or 'nothing in it strides'})")
    return chosen, left
