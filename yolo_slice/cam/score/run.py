"""Measures maps on labelled images: which method shows what the model uses, in numbers."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from yolo_slice.atomic_file import write_whole
from yolo_slice.cam.explainer import Explainer
from yolo_slice.cam.explaining import open_explainer
from yolo_slice.cam.explanation import Explanation
from yolo_slice.cam.prediction_explainer import PredictionExplainer
from yolo_slice.cam.run.settings import describe_run
from yolo_slice.cam.score.class_names import match_some
from yolo_slice.cam.score.data import Chosen, Picture, choose_classes, choose_images, read_pictures
from yolo_slice.cam.score.faithfulness import (
    Heat,
    centre_map,
    deletion_auc,
    energy_inside,
    insertion_auc,
    points_at,
    random_map,
)
from yolo_slice.cam.score.settings import ScoreSettings
from yolo_slice.cam.score.table import BASELINES, Sample, ScoreRow, summarise, to_csv, to_json, to_markdown
from yolo_slice.cam.targets import ClassTarget
from yolo_slice.integration import log
from yolo_slice.integration.data.labelled_images import read_labelled_images
from yolo_slice.integration.folders import make_run_folder
from yolo_slice.short_names import short_names


def score_maps(settings: ScoreSettings) -> tuple[Path, list[ScoreRow]]:
    """Measure every method on every model; return the folder with the tables, and their rows.

    Writes `faithfulness.csv`, `.md` and `.json`, and `args.yaml` with the settings.

    Raises:
        SliceError: If a model or the data set cannot be read, or they have no class in common.
    """
    names, labelled = read_labelled_images(settings.data, settings.split)
    classes = choose_classes(settings.classes, names)
    chosen = choose_images(labelled, classes, settings.images, settings.perturbed, settings.seed)
    models = [
        _Model(title, settings, _load(settings, model), names, classes)
        for title, model in zip(short_names(settings.model), settings.model, strict=True)
    ]
    about = [f"{len(chosen)} images of {settings.data}, {settings.split}", *(n for m in models for n in m.notes)]
    for line in about:
        log.inform(line)
    folder = make_run_folder(settings.project, settings.name, settings.exist_ok)
    write_whole(folder / "args.yaml", describe_run("yolo-slice cam score", settings))
    rows = summarise([sample for model in models for sample in model.measure(chosen)])
    write_whole(folder / "faithfulness.csv", to_csv(rows))
    write_whole(folder / "faithfulness.json", to_json(rows, {"settings": asdict(settings), "about": about}))
    text = "\n".join(f"- {line}" for line in [*about, describe_metrics(settings)])
    write_whole(folder / "faithfulness.md", f"# Faithfulness of maps\n\n{text}\n\n{to_markdown(rows)}\n")
    return folder, rows


def describe_metrics(settings: ScoreSettings) -> str:
    """Return how the numbers were made, in words."""
    return (
        f"n: pairs of an image and a class labelled in it. Pointing game: tolerance {settings.tolerance:g} px. "
        f"Insertion from a blurred image, deletion to grey: {settings.steps} steps, "
        f"on {settings.perturbed} of the images; "
        f"small is good for deletion, large for the others. A blank map counts as a miss. Seed {settings.seed}."
    )


def _load(settings: ScoreSettings, model: str) -> list[Explainer | PredictionExplainer]:
    return [open_explainer(model, method, **settings.of_explainer) for method in settings.method]


@dataclass(slots=True)
class _Stopwatch:
    """Adds up what each method takes."""

    seconds: dict[str, float] = field(default_factory=dict)

    def run(self, name: str, call: Callable[[], list[list[Explanation]]]) -> list[list[Explanation]]:
        """Return what the call returns."""
        start = time.perf_counter()
        result = call()
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start
        return result


class _Model:
    """One model that is measured with its methods."""

    def __init__(
        self,
        title: str,
        settings: ScoreSettings,
        explainers: Sequence[Explainer | PredictionExplainer],
        names: Mapping[int, str],
        classes: set[int],
    ) -> None:
        self.title = title
        self.settings = settings
        self.explainers = explainers
        self.names = names
        own = match_some({index: names[index] for index in classes}, explainers[0].names, title)
        self.classes = {index: own[index] for index in sorted(own)}  # data set's -> model's
        dropped = [names[index] for index in sorted(classes) if index not in own]
        self.notes = [f"{title}, {e.method.name}: {e.description}" for e in explainers]
        if dropped:
            self.notes.append(f"{title}: left out, because the model has no such class: {', '.join(dropped)}")

    def measure(self, chosen: Sequence[Chosen]) -> Iterator[Sample]:
        """Measure all methods and baselines on the images, with a progress bar."""
        self._announce_perturbing(chosen)
        watch = _Stopwatch()
        pictures = read_pictures(iter(log.progress(chosen, f"score {self.title}")), set(self.classes))
        count = 0
        while batch := list(islice(pictures, self.settings.batch)):
            count += len(batch)
            images = [picture.image for picture in batch]
            targets = [[ClassTarget(self.classes[c]) for c in picture.boxes] for picture in batch]
            for e in self.explainers:
                maps = watch.run(e.method.name, lambda e=e: e.explain(images, targets))  # noqa: B023 (called at once)
                for picture, explanations in zip(batch, maps, strict=True):
                    for c, explanation in zip(picture.boxes, explanations, strict=True):
                        yield self._measure_map(picture, c, e.method.name, explanation.heat)
            for picture in batch:
                for c in picture.boxes:
                    for name, heat in make_baselines(picture, c, self.settings.seed).items():
                        yield self._measure_map(picture, c, name, heat)
        for name, seconds in watch.seconds.items():
            log.inform(f"{self.title}, {name}: {seconds / count:.3f} s an image")

    def _measure_map(self, picture: Picture, c: int, method: str, heat: Heat) -> Sample:
        """Measure one map; c is the class in the data set."""
        boxes, settings = picture.boxes[c], self.settings
        insertion = deletion = None
        if picture.chosen.is_perturbed:
            rng = np.random.default_rng([settings.seed, picture.chosen.number, c, 1])
            insertion = insertion_auc(picture.image, heat, self._scorer(c), settings.steps, rng)
            deletion = deletion_auc(picture.image, heat, self._scorer(c), settings.steps, rng)
        return Sample(
            self.title,
            method,
            self.names[c],
            float(points_at(heat, boxes, settings.tolerance)),
            energy_inside(heat, boxes),
            not heat.any(),
            insertion,
            deletion,
        )

    def _scorer(self, c: int) -> Callable[[list], np.ndarray]:
        return lambda images: self.explainers[0].class_scores(images)[:, self.classes[c]]

    def _announce_perturbing(self, chosen: Sequence[Chosen]) -> None:
        """Say how long insertion and deletion will take, from the time of one curve."""
        perturbed = [one for one in chosen if one.is_perturbed]
        first = next(read_pictures(perturbed, set(self.classes)), None)
        if first is None:
            return
        pairs = sum(len(set(self.classes).intersection(one.labels.classes.tolist())) for one in perturbed)
        pictures = [first.image] * (self.settings.steps + 1)
        start = time.perf_counter()
        self.explainers[0].class_scores(pictures)
        curves = 2 * pairs * (len(self.explainers) + len(BASELINES))
        minutes = (time.perf_counter() - start) * curves / 60
        log.inform(
            f"{self.title}: insertion and deletion on {len(perturbed)} images: {curves} curves of {len(pictures)} "
            f"pictures, about {minutes:.1f} min"
        )


def make_baselines(picture: Picture, c: int, seed: int) -> dict[str, Heat]:
    """Return the maps that know nothing of image and model; the same for every model."""
    h, w = picture.image.shape[:2]
    rng = np.random.default_rng([seed, picture.chosen.number, c, 0])
    return dict(zip(BASELINES, (random_map((h, w), rng), centre_map((h, w))), strict=True))
