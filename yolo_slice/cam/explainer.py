"""Loads a model once and explains many images with it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from yolo_slice.cam.detection import Detection
from yolo_slice.cam.explanation import Explanation
from yolo_slice.cam.image_input import check_image
from yolo_slice.cam.maps.forward_pass import ForwardPass, run
from yolo_slice.cam.maps.image_scores import ImageScores, image_scores
from yolo_slice.cam.maps.layer_choice import choose_layers, describe_layers
from yolo_slice.cam.maps.layer_maps import Maps, layer_maps
from yolo_slice.cam.maps.merging import Merge, merge_maps, place, scale
from yolo_slice.cam.method import GradientMethod, LayerMethod, PredictionMethod
from yolo_slice.cam.methods import method_named
from yolo_slice.cam.target_words import Words, parse_targets
from yolo_slice.cam.targets import Pick, Target
from yolo_slice.errors import SliceError
from yolo_slice.integration.inference.class_scores import reader_of
from yolo_slice.integration.inference.layer_run import layers_of
from yolo_slice.integration.inference.model_input import Placement, input_size, prepare
from yolo_slice.integration.weights.snapshot import class_names, snapshot, trained_imgsz

Image: TypeAlias = NDArray[np.uint8]
Inputs: TypeAlias = list[tuple[int, Tensor, Placement]]  # (index of the image, its input, where it lies in it)


class Explainer:
    """Explains a model's scores by maps over the images.

    It works on a frozen float32 copy: the model itself stays as it is, also in the middle of its training, and its
    later changes are not seen. Each image is fed as `yolo predict` feeds it when it is alone, so that its map does not
    depend on the other images of a call; images of one input size run together.

    Args:
        model: Weights (.pt), a model file (.yaml), a `YOLO`, or a bare model of Ultralytics.
        method: Name of a method, in any case, or a method of your own (instance or class). HiResCAM is the default and
            not Grad-CAM, whose maps of a detector are measurably little better than chance: docs/cam.md.
        layers: Indices of the layers to look at; None: every input of the head.
        conf: Confidence that counts as detected, 0 to 1.
        imgsz: Size of the model's input, pixels, or (height, width); None: as the model was trained, else 640.
        merge: How the maps of several layers become one: "max" or "mean".
        device: Such as "cpu" or "0"; None: where the model is, or for a file the first GPU, if any.
        batch: Images that run together at most.

    Attributes:
        names: Index of a class -> its name.
        method: What makes a map of a layer.
        layers: The layers that are looked at.
        description: The choice of layers in words, to be printed.

    Raises:
        SliceError: If an argument is not as above, or the model's head gives no class scores.
    """

    def __init__(
        self,
        model: str | Path | nn.Module,
        method: str | LayerMethod | type[LayerMethod] = "hirescam",
        layers: Sequence[int] | None = None,
        conf: float = 0.25,
        imgsz: int | tuple[int, int] | None = None,
        merge: Merge = "max",
        device: str | torch.device | None = None,
        batch: int = 8,
    ) -> None:
        check_settings(conf, batch, merge)
        self.method = _of_layers(method)
        self._model = snapshot(model, device)
        reader_of(layers_of(self._model)[-1])  # refuses a head without class scores before anything runs
        self.names = class_names(self._model)
        self.layers = choose_layers(self._model, layers)
        self.description = describe_layers(self._model, self.layers, merge)
        self._conf, self._batch = conf, batch
        self._merge: Merge = merge
        self._size = input_size(trained_imgsz(self._model) if imgsz is None else imgsz, self._model)

    def targets(self, words: Words) -> list[Target]:
        """Turn what a user wrote into targets of this model, see `parse_targets`."""
        return parse_targets(words, self.names)

    @torch.inference_mode(False)  # within it no gradients could be had, and a caller may be in it
    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        """Detect objects in (H, W, 3) BGR images: for each its detections, most confident first."""
        found: list[list[Detection]] = [[] for _ in images]
        for inputs in self._batches(images):
            for (i, _, _), scores in zip(inputs, self._scores(self._run(inputs, False), inputs), strict=True):
                found[i] = list(scores.detections)
        return found

    @torch.inference_mode(False)
    def class_scores(self, images: Sequence[Image]) -> NDArray[np.float32]:
        """Return the highest confidence of each class anywhere in each (H, W, 3) BGR image: (images, nc)."""
        highest = np.zeros((len(images), len(self.names)), np.float32)
        for inputs in self._batches(images):
            confidences = self._run(inputs, False).scores.confidences.amax(2)
            highest[[i for i, _, _ in inputs]] = confidences.cpu().numpy()
        return highest

    @torch.inference_mode(False)
    def explain(self, images: Sequence[Image], targets: Sequence[Sequence[Target]]) -> list[list[Explanation]]:
        """Explain each image's targets; those of one image share its run through the model.

        Args:
            images: (H, W, 3) BGR, uint8, of any sizes.
            targets: For each image what to explain in it.

        Returns:
            For each image one explanation for each of its targets.
        """
        if len(images) != len(targets):
            raise SliceError(
                f"got {len(images)} images and {len(targets)} lists of targets, expected a list for each image"
            )
        explained: list[list[Explanation]] = [[] for _ in images]
        for inputs in self._batches(images):
            wanted = [list(targets[i]) for i, _, _ in inputs]
            for (i, _, _), few in zip(inputs, self._explain_batch(inputs, wanted), strict=True):
                explained[i] = few
        return explained

    def _explain_batch(self, inputs: Inputs, wanted: list[list[Target]]) -> list[list[Explanation]]:
        seen = self._run(inputs, isinstance(self.method, GradientMethod))
        scores = self._scores(seen, inputs)
        picks = [[target.pick(own) for target in few] for few, own in zip(wanted, scores, strict=True)]
        with torch.no_grad():
            maps = layer_maps(self.method, self._model, self._stack(inputs), seen, picks, self._batch)
            return [
                [self._explanation(*each, own, logits, placement) for each in zip(*few, strict=True)]
                for few, own, logits, (_, _, placement) in zip(
                    zip(wanted, picks, maps, strict=True), scores, seen.scores.logits, inputs, strict=True
                )
            ]

    def _explanation(
        self, target: Target, pick: Pick, maps: Maps, scores: ImageScores, logits: Tensor, placement: Placement
    ) -> Explanation:
        scaled = {layer: scale(place(each, placement).cpu().numpy()) for layer, each in maps.items()}
        layers = {layer: heat for layer, (heat, _) in scaled.items()}
        heat = merge_maps(list(layers.values()), self._merge)
        return Explanation(
            heat=heat,
            layers=layers,
            peaks={layer: peak for layer, (_, peak) in scaled.items()},
            target=target,
            label=pick.label,
            method=self.method.name,
            detections=scores.detections,
            explained=pick.detections(scores),
            score=float(logits[pick.classes, pick.anchors].sum()) if len(pick.anchors) else None,
            message=pick.message or ("" if heat.any() else f"nothing in these layers speaks for {pick.label}"),
        )

    def _scores(self, seen: ForwardPass, inputs: Inputs) -> list[ImageScores]:
        return image_scores(seen.scores, [placement for _, _, placement in inputs], self.names, self._conf)

    def _run(self, inputs: Inputs, with_gradients: bool) -> ForwardPass:
        return run(self._model, self._stack(inputs), self.layers, with_gradients)

    def _stack(self, inputs: Inputs) -> Tensor:
        return torch.stack([tensor for _, tensor, _ in inputs]).to(next(self._model.parameters()).device)

    def _batches(self, images: Sequence[Image]) -> Iterator[Inputs]:
        """Group images whose inputs have one size; at most a batch of each size waits at a time."""
        waiting: defaultdict[tuple[int, ...], Inputs] = defaultdict(list)
        for i, image in enumerate(images):
            tensor, placement = prepare(check_image(image), self._model, self._size)
            waiting[placement.input_hw].append((i, tensor, placement))
            if len(waiting[placement.input_hw]) == self._batch:
                yield waiting.pop(placement.input_hw)
        yield from waiting.values()


def _of_layers(method: str | LayerMethod | type[LayerMethod]) -> LayerMethod:
    chosen = method_named(method)
    if isinstance(chosen, PredictionMethod):
        raise SliceError(f"method {chosen.name}: it looks at no layers; open_explainer() and explain() take it")
    return chosen


def check_settings(conf: float, batch: int, merge: str = "max") -> None:
    """Refuse settings that cannot be.

    Raises:
        SliceError: With the first mistake.
    """
    if not 0 <= conf < 1:
        raise SliceError(f"conf={conf}: expected a confidence from 0 to below 1")
    if merge not in ("max", "mean"):
        raise SliceError(f"merge={merge!r}: expected 'max' or 'mean'")
    if batch < 1:
        raise SliceError(f"batch={batch}: expected 1 or more")
