"""A trained model with its down-sampling (and upsampling) exchanged, as an ordinary checkpoint."""

import copy
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from yolo_slice.integration import log
from yolo_slice.integration.inference.exchange import ExchangeableLayer, parameter_count, replace_layer, row_of
from yolo_slice.integration.inference.layer_run import Layer
from yolo_slice.integration.weights.checkpoints import open_checkpoint, save_checkpoint
from yolo_slice.transfer.batchnorms import find_folded
from yolo_slice.transfer.calibration import Calibration
from yolo_slice.transfer.calibration_images import CalibrationImages
from yolo_slice.transfer.device import torch_device
from yolo_slice.transfer.image_choice import find_images
from yolo_slice.transfer.layer_report import LayerReport, report_table
from yolo_slice.transfer.opening import choose_file
from yolo_slice.transfer.plan import plan_conversion
from yolo_slice.transfer.restoration import restore
from yolo_slice.transfer.settings import Form, Recipe
from yolo_slice.transfer.spd_conversion import spd_of
from yolo_slice.transfer.unfinished import Kept, Unfinished
from yolo_slice.write_lock import only_writer

WHOLE_RATE = 4e-4  # of learning, for all layers together; 1e-3 begins with a loss


def convert_weights(
    model: Any,
    to: Form,
    data: str | Path | None = None,
    out: str | Path | None = None,
    device: str | None = None,
    **settings: Any,
) -> Any:
    """Turn a trained model into a slice model without starting over; return an ordinary `YOLO`.

    Method and measurements: docs/convert.md.

    Args:
        model: Checkpoint (best.pt) or `YOLO`; it stays as it is.
        to: `spd`, `spd2x2`, `slicesamp` or `slice`: see `Recipe`.
        data: Images to calibrate on, labels not needed: a data YAML (its training split), a folder, or a text file that
            lists them. Without it only the exact forms can be had.
        out: Checkpoint to write; default: `<model>-<to>.pt` in the current folder. Until it is there, finished layers
            are kept beside it, and the same call goes on where it was interrupted.
        device: cpu, 0, mps, ...; default: cpu.
        **settings: The other attributes of `Recipe`.

    Raises:
        SliceError: If the model, a row or the data cannot be used, or `out` exists.

    Example:
        slim = convert_weights("best.pt", to="slicesamp", data="voc.yaml", images=64)
    """
    recipe = Recipe(to=to, **settings)
    source = open_checkpoint(model)
    file = choose_file(to, data, source.ckpt_path or "model", out)
    with only_writer(file, file.with_name(f"{file.name}.lock")):
        return _convert(source, recipe, data, file, torch_device(device))


def _convert(source: Any, recipe: Recipe, data: str | Path | None, file: Path, device: torch.device) -> Any:
    """Convert into a file that nobody else writes."""
    teacher = source.model.to(device).float().eval()
    sites, left = plan_conversion(teacher, recipe.rows, recipe.stem, recipe.to == "slice")
    with torch.no_grad():
        student, reports = _exchange(teacher, sites, recipe, data, file)
    log.inform(f"{parameter_count(teacher):,} -> {parameter_count(student):,} parameters\n{report_table(reports)}")
    for index, reason in left.items():
        log.inform(f"layer {index} stays: {reason}")
    facts = {"to": recipe.to, "from": str(source.ckpt_path), "layers": [asdict(report) for report in reports]}
    save_checkpoint(source, student.cpu(), facts, file)
    _unfinished(file, recipe, teacher).discard()
    return open_checkpoint(file)


def _exchange(
    teacher: Layer, sites: Sequence[ExchangeableLayer], recipe: Recipe, data: str | Path | None, file: Path
) -> tuple[Layer, list[LayerReport]]:
    """Exchange the layers in a copy of the teacher, whose folded BatchNorms are restored first."""
    images = _images(teacher, recipe, data) if data is not None else None
    _restore(teacher, images)
    if images is None or recipe.to.startswith("spd"):
        student = copy.deepcopy(teacher)
        return student, [_to_spd(student, site, 3 if recipe.to == "spd" else None) for site in sites]
    return _calibrate(teacher, sites, recipe, images, _unfinished(file, recipe, teacher))


def _images(teacher: Layer, recipe: Recipe, data: str | Path) -> CalibrationImages:
    stride = int(max(32, *teacher.stride.tolist()))
    device = next(teacher.parameters()).device
    return CalibrationImages(find_images(data, recipe.images, recipe.seed), recipe.imgsz, stride, device, recipe.seed)


def _calibrate(
    teacher: Layer,
    sites: Sequence[ExchangeableLayer],
    recipe: Recipe,
    images: CalibrationImages,
    unfinished: Unfinished,
) -> tuple[Layer, list[LayerReport]]:
    """Exchange layer after layer, from where an interrupted run has come to; then let all of them learn together."""
    student = copy.deepcopy(teacher)
    calibration = Calibration(teacher, student, images, recipe.act, recipe.rounds, recipe.steps)
    reports = _go_on(calibration, sites, unfinished.load())
    ends = [*(site.index for site in sites[1:]), len(teacher.model) - 1]
    for number, (site, end) in enumerate(zip(sites, ends, strict=True)):
        if number >= len(reports):
            log.inform(f"layer {site.index}, {number + 1} of {len(sites)}")
            reports.append(calibration.exchange(site, range(site.index, end)))
            arguments = [row_of(student, site.index)[3] for site in sites[: len(reports)]]
            unfinished.save(Kept(student.state_dict(), arguments, reports))
    if recipe.distil:
        before, after = calibration.distil(range(sites[0].index, ends[-1]), recipe.distil, WHOLE_RATE, "all layers")
        log.inform(f"features of all layers: R2 {before:.4f} -> {after:.4f}")
    return student, reports


def _go_on(calibration: Calibration, sites: Sequence[ExchangeableLayer], kept: Kept | None) -> list[LayerReport]:
    """Bring the student to where an interrupted run had come; return the reports of its finished layers."""
    if kept is None:
        return []
    for site, arguments in zip(sites, kept.arguments, strict=False):
        calibration.restore(site, arguments)
    calibration.student.load_state_dict(kept.weights)
    return [*kept.reports]


def _unfinished(file: Path, recipe: Recipe, teacher: Layer) -> Unfinished:
    weights = float(sum(p.detach().double().sum() for p in teacher.parameters()))
    return Unfinished(file.with_suffix(".unfinished"), [*asdict(recipe).values(), weights])


def _restore(teacher: Layer, images: CalibrationImages | None) -> None:
    folded = len(find_folded(teacher))
    if folded and images is None:
        log.warn(
            f"{folded} BatchNorms hold no statistics (they were folded into the weights, as exported or dequantised "
            "ones are): predictions are right, but training would begin with a jump; data= restores them"
        )
    elif images:
        restore(teacher, images)


def _to_spd(student: Layer, site: ExchangeableLayer, k: int | None) -> LayerReport:
    """Exchange a strided convolution for the SPD-Conv that equals it."""
    layer = student.model[site.index]
    block = spd_of(layer, k)
    m = block.conv.conv.kernel_size[0]
    args = [site.width] if m == 3 else [site.width, m]
    params = (parameter_count(layer), parameter_count(block))
    replace_layer(student, site.index, block.eval(), args)
    return LayerReport(site.index, f"SPDConv {args}", params, 1.0, (1.0, 1.0))
