"""Everything `yolo-slice eval` measures: COCO's twelve numbers, VOC's two, and AP by object size, of several models."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from yolo_slice.csv_text import csv_text
from yolo_slice.integration.validation.run import validate
from yolo_slice.metrics.coco import NAMES, CocoMetrics, evaluate_coco
from yolo_slice.metrics.coco_engine import load_engine
from yolo_slice.metrics.detections import Detections
from yolo_slice.metrics.errors.gains import ErrorAnalysis, analyse_errors
from yolo_slice.metrics.errors.image_crop import Painter
from yolo_slice.metrics.errors.page import error_page
from yolo_slice.metrics.errors.table import CSV_HEAD as ERROR_HEAD
from yolo_slice.metrics.errors.table import error_cells, error_record, error_tables
from yolo_slice.metrics.formats.opening import read_detections, read_truth
from yolo_slice.metrics.from_validation import validated_detections, validated_truth
from yolo_slice.metrics.intervals.resampling import Resamples, resample
from yolo_slice.metrics.intervals.table import CSV_HEAD as INTERVAL_HEAD
from yolo_slice.metrics.intervals.table import Measured, interval_cells, interval_record, interval_table
from yolo_slice.metrics.protocols.ai_tod import evaluate_aitod
from yolo_slice.metrics.protocols.protocol import ProtocolMetrics, protocol_record, protocol_table
from yolo_slice.metrics.protocols.visdrone import evaluate_visdrone
from yolo_slice.metrics.report import (
    PRECISIONS,
    coco_record,
    detections_json,
    save_texts,
    text_table,
    truth_json,
    value_text,
)
from yolo_slice.metrics.settings import Measures, Rule
from yolo_slice.metrics.size_plot import plot_sizes
from yolo_slice.metrics.truth import Truth
from yolo_slice.metrics.voc import VocMetrics, evaluate_voc
from yolo_slice.short_names import short_names

NOTE = (
    "VOC: the development kit's AP at IoU 0.5 (both corners belong to a box, difficult objects count neither way). "
    "Ultralytics' mAP50 interpolates at 101 points, has no +1 pixel, and counts what finds a difficult object as wrong."
)
UNKNOWN_DIFFICULT = (
    "Difficult objects are not known here (neither marked nor in side files of `yolo-slice data convert`): none is "
    "treated as such."
)


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What was measured of one model, or of one set of detections.

    Attributes:
        name: A short name, different from the others'.
        coco: COCO's numbers.
        voc: VOC's, by rule.
        ultralytics: Ultralytics' own numbers, if it has measured any.
        settings: What the numbers depend on.
        files: JSON to save beside the numbers, by file name.
        errors: Its errors, if asked for.
        resamples: COCO's numbers of other draws of the images, if asked for.
        protocol: The numbers of another protocol, if asked for.
    """

    name: str
    coco: CocoMetrics
    voc: Mapping[Rule, VocMetrics]
    ultralytics: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    errors: ErrorAnalysis | None = None
    resamples: Resamples | None = None
    protocol: ProtocolMetrics | None = None


def evaluate_models(
    models: Sequence[str], measures: Measures, annotations: Path | None = None, **settings: Any
) -> list[Evaluation]:
    """Validate models on a data set and evaluate what they found.

    Args:
        models: Weights.
        measures: What to measure.
        annotations: COCO JSON of the split; None: the one that the data YAML names, else the labels and side files.
        **settings: Settings of `yolo val`; None leaves one at Ultralytics' default.

    Raises:
        SliceError: If a model, the data set or its annotations cannot be used.
    """
    load_engine(measures.engine)  # before minutes of validation, not after
    evaluations = []
    for model, name in zip(models, short_names(models), strict=True):
        with tempfile.TemporaryDirectory() as folder:
            validated, own = validate(model, project=folder, verbose=False, **settings)
        truth = validated_truth(validated, annotations or validated.annotations)
        found, facts = validated_detections(validated), dict(validated.settings)
        evaluations.append(_evaluate(name, truth, found, measures, facts, own))
    return evaluations


def evaluate_files(
    truth: str,
    detections: Sequence[str],
    measures: Measures,
    split: str | None = None,
    annotations: Path | None = None,
) -> list[Evaluation]:
    """Evaluate detections from files.

    Args:
        truth: As in `read_truth`.
        detections: Each as in `read_detections`.
        measures: What to measure.
        split: As in `read_truth`.
        annotations: As in `read_truth`.

    Raises:
        SliceError: If anything cannot be read.
    """
    known = read_truth(truth, split, annotations)
    evaluations = []
    for source, name in zip(detections, short_names(detections), strict=True):
        found, facts = read_detections(source, known), {"truth": truth, "detections": source, "split": split}
        evaluations.append(_evaluate(name, known, found, measures, facts, {}))
    return evaluations


def report_text(evaluations: Sequence[Evaluation]) -> str:
    """Write the tables: a row per model, per class if there is one model, and AP by size."""
    rules = list(evaluations[0].voc)
    head = [f"COCO: {evaluations[0].coco.area}", *NAMES, *(f"VOC {rule}" for rule in rules)]
    rows = [
        [e.name, *map(value_text, e.coco.values()), *(value_text(e.voc[r]["mAP"]) for r in rules)] for e in evaluations
    ]
    parts = [text_table(head, rows)]
    if protocols := {e.name: e.protocol for e in evaluations if e.protocol}:
        parts.append(protocol_table(protocols))
    if measured := _measured(evaluations):
        parts.append(interval_table(measured))
    if len(evaluations) == 1 and len(evaluations[0].coco.per_class) > 1:
        parts.append(_class_table(evaluations[0]))
    if evaluations[0].coco.sizes:
        parts.append(_size_table(evaluations))
    if analyses := _analyses(evaluations):
        parts.append(error_tables(analyses))
    parts += [f"Ground truth: {source}" for source in dict.fromkeys(e.settings["ground_truth"] for e in evaluations)]
    if not all(voc.knows_difficult for e in evaluations for voc in e.voc.values()):
        parts.append(UNKNOWN_DIFFICULT)
    return "\n\n".join([*parts, NOTE])


def save_report(
    evaluations: Sequence[Evaluation],
    folder: Path,
    images: Path | None = None,
    painters: Mapping[str, Painter] | None = None,
) -> None:
    """Write eval.json, eval.csv and, if there are size bins, ap_by_size.png, and of errors errors.html.

    Args:
        evaluations: What was measured.
        folder: Where to.
        images: Folder of images of which the ground truth does not know the file.
        painters: As for `error_page`, by the evaluations' names.
    """
    rules = list(evaluations[0].voc)
    records = {e.name: _record(e, _measured(evaluations)) for e in evaluations}
    rows = [row for e in evaluations for row in _csv_rows(e, rules)]
    head = ["model", "class", "objects", *NAMES, *(f"VOC_{rule}" for rule in rules)]
    head += INTERVAL_HEAD if _measured(evaluations) else ()
    head += ERROR_HEAD if _analyses(evaluations) else ()
    texts = {"eval.json": json.dumps(records, indent=2), "eval.csv": csv_text(head, rows)}
    if analyses := _analyses(evaluations):
        texts["errors.html"] = error_page(analyses, images, painters)
    save_texts(folder, texts)
    for evaluation in evaluations:
        place = folder if len(evaluations) == 1 else folder / Path(evaluation.name).name
        if evaluation.files:
            save_texts(place, evaluation.files)
    if evaluations[0].coco.sizes:
        plot_sizes({e.name: e.coco.sizes for e in evaluations}, folder / "ap_by_size.png", evaluations[0].coco.area)


def _evaluate(
    name: str,
    truth: Truth,
    found: Detections,
    measures: Measures,
    settings: Mapping[str, Any],
    ultralytics: Mapping[str, float],
) -> Evaluation:
    coco = evaluate_coco(truth, found, measures.engine, measures.sizes)
    voc: dict[Rule, VocMetrics] = {rule: evaluate_voc(truth, found, rule) for rule in _rules(measures)}
    files = {"ground_truth.json": truth_json(truth), "predictions.json": detections_json(found)}
    facts = {**settings, "ground_truth": truth.source}
    return Evaluation(
        name,
        coco,
        voc,
        ultralytics,
        facts,
        files if measures.save_json else {},
        analyse_errors(truth, found) if measures.errors else None,
        resample(truth, found, measures.interval) if measures.interval else None,
        _protocol(truth, found, measures),
    )


def _protocol(truth: Truth, found: Detections, measures: Measures) -> ProtocolMetrics | None:
    if measures.protocol == "aitod":
        return evaluate_aitod(truth, found, measures.engine)
    return evaluate_visdrone(truth, found, measures.regions) if measures.protocol == "visdrone" else None


def _measured(evaluations: Sequence[Evaluation]) -> dict[str, Measured]:
    return {e.name: Measured(e.coco, e.resamples) for e in evaluations if e.resamples}


def _interval(name: str, measured: Mapping[str, Measured]) -> dict[str, Any]:
    first = next(iter(measured.items()), None)
    if first is None:
        return {}
    return {"interval": interval_record(measured[name], None if name == first[0] else first)}


def _analyses(evaluations: Sequence[Evaluation]) -> dict[str, ErrorAnalysis]:
    return {e.name: e.errors for e in evaluations if e.errors}


def _rules(measures: Measures) -> tuple[Rule, ...]:
    return (measures.rule,) if measures.rule else get_args(Rule)


def _class_table(evaluation: Evaluation) -> str:
    coco, rules = evaluation.coco, list(evaluation.voc)
    rows = [
        [
            name,
            str(coco.objects[name]),
            *(value_text(values[key]) for key in PRECISIONS),
            *(value_text(evaluation.voc[rule].get(name, -1.0)) for rule in rules),
        ]
        for name, values in coco.per_class.items()
        if coco.objects[name]
    ]
    return text_table(["class", "objects", *PRECISIONS, *(f"VOC {rule}" for rule in rules)], rows)


def _size_table(evaluations: Sequence[Evaluation]) -> str:
    bins = evaluations[0].coco.sizes
    counts = ["objects", *(str(bin_.objects) for bin_ in bins)]
    rows = [[f"AP {e.name}", *(value_text(bin_.ap) for bin_ in e.coco.sizes)] for e in evaluations]
    return text_table(["size, px", *(bin_.title for bin_ in bins)], [counts, *rows])


def _record(evaluation: Evaluation, measured: Mapping[str, Measured]) -> dict[str, Any]:
    voc = {
        rule: {"mAP": metrics["mAP"], "AP": metrics.ap, "objects": metrics.objects, "difficult": metrics.difficult}
        for rule, metrics in evaluation.voc.items()
    }
    known = all(metrics.knows_difficult for metrics in evaluation.voc.values())
    return {
        "coco": coco_record(evaluation.coco),
        **({evaluation.protocol.title: protocol_record(evaluation.protocol)} if evaluation.protocol else {}),
        "voc": voc,
        "voc_knows_difficult": known,
        "ultralytics": dict(evaluation.ultralytics),
        **_interval(evaluation.name, measured),
        **({"errors": error_record(evaluation.errors)} if evaluation.errors else {}),
        "settings": dict(evaluation.settings),
    }


def _csv_rows(evaluation: Evaluation, rules: Sequence[Rule]) -> list[list[object]]:
    coco, voc = evaluation.coco, evaluation.voc
    every = [evaluation.name, "all", sum(coco.objects.values()), *coco.values(), *(voc[rule]["mAP"] for rule in rules)]
    classes = [
        [evaluation.name, name, coco.objects[name], *values.values(), *(voc[rule].get(name, -1.0) for rule in rules)]
        for name, values in coco.per_class.items()
    ]
    rows = [every, *classes]
    if evaluation.resamples:
        every += interval_cells(Measured(coco, evaluation.resamples))
        rows = [every, *([*row, *[""] * len(INTERVAL_HEAD)] for row in classes)]
    if evaluation.errors is None:
        return rows
    return [[*row, *cells] for row, cells in zip(rows, error_cells(evaluation.errors), strict=True)]
