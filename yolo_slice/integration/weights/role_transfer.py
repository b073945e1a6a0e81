"""Trained weights into another architecture: `load()` and `pretrained=` find each layer's place by its role.

Ultralytics copies tensors of equal name and shape, and names hold the layer's index. So it is handed the trained model
with its layers put where they belong in the new one, and does the rest: class names, image channels, its line
"Transferred a/b items". Where every layer keeps its index, it is handed the trained model as it is.
"""

import copy
from collections.abc import Mapping
from typing import Any

from torch import nn

from yolo_slice.integration.inference.layer_run import Layer
from yolo_slice.integration.log import inform
from yolo_slice.integration.replacing import Function
from yolo_slice.integration.weights.exact_forms import convert_layer
from yolo_slice.integration.weights.role_alignment import Alignment, align_layers, level_branches
from yolo_slice.integration.weights.role_report import report


def load_by_role(stock: Function, model: Layer, weights: Any, verbose: bool) -> None:
    """Load weights into a model, its layers placed by role, and say what became of the weights.

    Args:
        stock: Ultralytics' `BaseModel.load`.
        model: The model that gets them.
        weights: As `stock` takes them: a model, or a checkpoint that holds one.
        verbose: Say it.
    """
    found = weights if isinstance(weights, dict) else {"model": weights}
    sources = {k: found[k] for k in ("ema", "model") if _is_layered(found.get(k))}
    if not sources or not _is_layered(model):
        stock(model, weights, verbose)
        return
    source = next(iter(sources.values()))
    alignment = align_layers(source.model, model.model)
    if alignment.keeps_indices():
        stock(model, weights, verbose)
        placed = source
    else:
        by_role = {k: place_layers(trained, model, alignment) for k, trained in sources.items()}
        stock(model, {**weights, **by_role} if isinstance(weights, dict) else by_role["model"], verbose)
        placed = next(iter(by_role.values()))
    if verbose:
        for line in report(source, placed, model, alignment):
            inform(line)


def _is_layered(model: Any) -> bool:
    layers = getattr(model, "model", None)
    return isinstance(model, nn.Module) and isinstance(layers, nn.Sequential) and len(layers) > 0


def place_layers(source: Layer, target: Layer, alignment: Alignment) -> Layer:
    """Return a view of a trained model with its layers at the indices of another; places that nothing fits are empty.

    The layers are the source's own, not copies, except the converted ones.
    """
    layers: list[nn.Module] = [nn.Identity() for _ in target.model]
    layers[0] = source.model[0]  # a new stem gets the old one's filters, as far as they fit: 8.4.0 needs it to be there
    for j, i in alignment.places.items():
        is_converted = j in alignment.converted
        layers[j] = convert_layer(source.model[i], target.model[j]) if is_converted else source.model[i]
    layers[-1] = _place_levels(layers[-1], target.model[-1], alignment.levels)
    return _view(source, {"model": nn.Sequential(*layers)})


def _place_levels(source: Layer, target: Layer, levels: Mapping[int, int]) -> Layer:
    """Return a view of a head with what it has for each level put at the level of another head."""
    if all(a == b for a, b in levels.items()):
        return source
    placed = {}
    for name, branches in level_branches(source).items():
        placed[name] = nn.ModuleList()
        # a missing level stays missing: its name is not taken by another
        placed[name]._modules = {str(b): branches[a] for b, a in sorted(levels.items())}
    return _view(source, placed)


def _view(module: Layer, changed: Mapping[str, nn.Module]) -> Layer:
    """Return a shallow copy of a module in which some children are others."""
    view = copy.copy(module)
    vars(view)["_modules"] = {**module._modules, **changed}
    return view
