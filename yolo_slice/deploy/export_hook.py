"""`yolo export` of a model with layers of ours: blocks rewritten for the runtime, the file compared with the model."""

import copy
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import Tensor

from yolo_slice.deploy.agreement import Agreement, compare, differing, largest, unlikeness
from yolo_slice.deploy.converter_faults import refusing
from yolo_slice.deploy.made_up_image import made_up_image
from yolo_slice.deploy.openvino_graph import space_to_depth_merged
from yolo_slice.deploy.optimizing import our_blocks, rewrite
from yolo_slice.deploy.per_channel import per_channel
from yolo_slice.errors import SliceError
from yolo_slice.integration.exporting.around_export import Export, around_export
from yolo_slice.integration.exporting.converters import refuse_if_missing
from yolo_slice.integration.exporting.exported_file import ExportedFile, why_not_run
from yolo_slice.integration.log import inform, warn

SWITCH = "YOLO_SLICE_DEPLOY"  # "off": blocks are exported as they are
PACKAGE = __name__.partition(".")[0]
LIMITS = {32: 1e-3, 16: 2e-2}  # bits -> the largest difference that rounding explains, of the scale
ALLOWED = 4  # times what the weights alone, rounded to 16 bits, change: their values in between are rounded, too
LEAST_ALIKE = 0.5  # correlation at 8 bits; seen of right files: 0.73 and more
REWRITTEN = 1e-9  # the same for torch before and after, in float64
LOW_PRECISION = frozenset({"mnn", "ncnn"})  # runtimes that choose 16 bits where the processor has them
PRECISIONS = {32: "float32", 16: "16 bits"}


@dataclass(frozen=True, slots=True)
class Expected:
    """What the model as shipped makes of one made-up image, and of another; both (B, C, H, W).

    Attributes:
        image: The first.
        outputs: Of it.
        others: Of the second.
        rounding: What its weights rounded to 16 bits change in the outputs, of the scale; 0 if the file has 32 bits.
    """

    image: Tensor
    outputs: list[Tensor]
    others: list[Tensor]
    rounding: float


def patch(exporter: ModuleType) -> None:
    """Rewrite before Ultralytics exports, and check after it."""
    around_export(exporter, before, after)


def before(run: Export) -> list[Expected] | None:
    """Give the exporter the fastest exact form of the model; return what its file will be measured by.

    Nothing is done to a model of Ultralytics' layers alone.

    Raises:
        SliceError: If the converter is not installed or is known to break the model, the model serves one size only and
            `dynamic=True` is asked for, or the rewritten model is another function.
    """
    shipped = run.exporter.model
    if run.is_dynamic and run.one_size:
        raise SliceError(
            f"dynamic=True: {' and '.join(run.one_size)} can only be exported for one size; leave dynamic out, and "
            "choose the size with imgsz="
        )
    found = Counter(type(m).__name__ for m in our_blocks(shipped))
    if not found and not _has_layers_of_ours(shipped):
        return None
    refuse_if_missing(run.format, run.bits)
    rounded = _rounded(shipped) if _bits(run) == 16 else None
    expected = [_expect(run, shape, rounded) for shape in run.shapes]
    if found and os.environ.get(SWITCH, "").strip().lower() not in {"off", "0", "false", "no"}:
        run.exporter.model = rewrite(copy.deepcopy(shipped), run.format, one_size=not run.is_dynamic)
        _check_rewritten(run, shipped, expected[0].image)
        inform(f"{run.format}: {_told(found, run)}")
        if run.bits == 8:
            run.during.enter_context(per_channel())
        if run.format == "openvino" and not run.is_dynamic:
            run.during.enter_context(space_to_depth_merged())
    with refusing(run.format):
        run.run(run.exporter.model, expected[0].image)
    return expected


def _has_layers_of_ours(model: Any) -> bool:
    """Tell whether a model has layers that are exported as written, and may be exported wrong all the same."""
    return any(type(m).__module__.startswith(f"{PACKAGE}.") for m in model.modules())


def _is_rewritten(model: Any) -> bool:
    return any(type(m).__module__.startswith(f"{PACKAGE}.deploy.") for m in model.modules())


def _expect(run: Export, shape: tuple[int, ...], rounded: Any) -> Expected:
    image, other = made_up_image(shape), made_up_image(shape, seed=1)
    outputs, others = (run.run(run.exporter.model, x) for x in (image, other))
    if rounded is None:
        return Expected(image, outputs, others, 0.0)
    by = differing if run.yields_classes else largest
    found = compare(outputs, run.run(rounded, image), others, _widths(run), by)
    return Expected(image, outputs, others, found.difference)


def _rounded(model: Any) -> Any:
    """Copy a model, its weights rounded to 16 bits."""
    model = copy.deepcopy(model)
    for weight in model.parameters():
        weight.data = weight.data.half().to(weight.dtype)
    return model


def _bits(run: Export) -> int:
    """Precision that the file is computed in: that which is asked for, or which its runtime chooses."""
    return min(run.bits, 16 if run.format in LOW_PRECISION else 32)


def _check_rewritten(run: Export, shipped: Any, image: Tensor) -> None:
    """Compare the rewritten model with the shipped one, both in float64: only rounding is left of a difference.

    So it is rewritten once more: kernels that a form has computed in float32 are rounded already.
    """
    exact = copy.deepcopy(shipped).double()
    models = exact, rewrite(copy.deepcopy(exact), run.format, one_size=not run.is_dynamic)
    ours, theirs = (run.run(model, image.double()) for model in models)
    difference = compare(ours, theirs, ours, _widths(run), differing if run.yields_classes else largest).difference
    if not difference <= REWRITTEN:
        raise SliceError(
            f"format={run.format}: rewritten for it the model differs by {difference:.0e} of the scale, "
            f"{REWRITTEN:.0e} is allowed; export with {SWITCH}=off, and report this"
        )


def _told(found: Counter[str], run: Export) -> str:
    """Say what has become of the blocks, by their names and how many there are."""
    left = Counter(type(m).__name__ for m in our_blocks(run.exporter.model))
    kept, changed = (_listed({n: counts[n] for n in found if counts[n]}) for counts in (left, found - left))
    parts = [f"{changed} exported as operations that suit it and give the same result"] if changed else []
    ranges = ", with the ranges that training with quantize=8 found" if run.is_trained_in_8_bits else ""
    parts += [f"{kept} exported as written{ranges}"] if kept else []
    return "; ".join(parts) + (f" ({SWITCH}=off exports every block as written)" if changed else "")


def _listed(counts: Mapping[str, int]) -> str:
    return " and ".join(f"{count} {name}" for name, count in counts.items())


def _widths(run: Export) -> tuple[int, ...]:
    """Return how many channels of the output are boxes, and how many are scores; the rest is a task's own."""
    head: Any = getattr(run.exporter.model, "model", [None])[-1]
    return (4, head.nc) if hasattr(head, "nc") and hasattr(head, "stride") else ()


def after(run: Export, expected: list[Expected], file: str) -> None:
    """Compare the exported file with the model, and say so in one line.

    Raises:
        SliceError: If it is not the same function; the file is called *.wrong then.
    """
    reason = why_not_run(run.format)
    if reason:
        warn(f"{run.format}: not compared with the model, because {reason}")
        return
    bits = _bits(run)
    limit = _limit(bits, expected)
    try:
        agreement = _measure(run, expected, file)
        if bits == 8:
            _check_alike(agreement)
        elif not agreement.difference <= limit:
            raise SliceError(
                f"its output differs from the model's by {agreement.difference:.1e} of {_unit(run)}; rounding to "
                f"{PRECISIONS[bits]} explains {limit:.0e}"
            )
    except Exception as fault:  # whatever a runtime raises, the file cannot be used here
        wrong = Path(file).rename(_free(Path(f"{file.rstrip('/')}.wrong")))
        advice = f"; {SWITCH}=off exports our blocks as they are written" if _is_rewritten(run.exporter.model) else ""
        raise SliceError(
            f"format={run.format}: the exported file is wrong: {_said(fault)}; it is kept as {wrong.name}{advice}"
        ) from fault
    _report(run, agreement, bits, limit)


def _limit(bits: int, expected: list[Expected]) -> float:
    """Return the largest difference that rounding explains, of the scale; with 8 bits it is not asked for."""
    return max(LIMITS.get(bits, 0.0), ALLOWED * max(one.rounding for one in expected))


def _check_alike(agreement: Agreement) -> None:
    """Refuse 8 bits that compute something else; of a model without training rounding may leave nothing."""
    if agreement.is_evidence and not 1 - agreement.difference >= LEAST_ALIKE:
        raise SliceError(
            f"its output correlates {1 - agreement.difference:.2f} with the model's, expected {LEAST_ALIKE}"
        )


def _measure(run: Export, expected: list[Expected], file: str) -> Agreement:
    exported = ExportedFile(file, run.format, run.exporter.device)
    by = differing if run.yields_classes else unlikeness if run.bits == 8 else largest
    found = [compare(one.outputs, exported.run(one.image), one.others, _widths(run), by) for one in expected]
    return max(found, key=lambda agreement: (agreement.difference != agreement.difference, agreement.difference))


def _said(fault: Exception) -> str:
    return str(fault) if isinstance(fault, SliceError) else f"it does not run ({type(fault).__name__}: {fault})"


def _free(path: Path) -> Path:
    """Return the path, or the next one that does not exist."""
    numbered = (path.with_name(f"{path.name}{i or ''}") for i in range(1000))
    return next(p for p in numbered if not p.exists())


def _unit(run: Export) -> str:
    return "the pixels" if run.yields_classes else "the largest value"


def _report(run: Export, agreement: Agreement, bits: int, limit: float) -> None:
    format = run.format
    if bits == 8:
        measure = "equal pixels" if run.yields_classes else "correlation"
        found = f"{measure} {1 - agreement.difference:.2f}; what 8 bits cost is what `yolo val` of both says"
    else:
        found = f"they differ by {agreement.difference:.0e} of {_unit(run)}, {limit:.0e} is rounding"
    if agreement.is_evidence:
        alike = "gives about" if bits == 8 else "gives"
        inform(f"{format}: checked: for a test image the file {alike} what the model gives ({found})")
    else:
        warn(
            f"{format}: not checked: this model gives nearly the same output for every image (two differ by "
            f"{agreement.response:.0e}), as one with random weights does, so any file would seem right ({found}); "
            "export trained weights"
        )
