"""What became of trained weights in another architecture: copied, converted, initialised, dropped, in parameters."""

from collections.abc import Iterator

from yolo_slice.integration.inference.layer_run import Layer
from yolo_slice.integration.model_files.rows import group_rows
from yolo_slice.integration.weights.role_alignment import Alignment
from yolo_slice.registry import block_of


def report(source: Layer, placed: Layer, target: Layer, alignment: Alignment) -> Iterator[str]:
    """Say what a transfer did, in lines for the log; nothing if it is what Ultralytics does, between models of its own.

    Args:
        source: The trained model.
        placed: The same with its layers where they belong in the target.
        target: The model that has been loaded.
        alignment: Where the source's layers are in `placed`.
    """
    swapped = _swapped(source, target, alignment)
    if alignment.keeps_indices() and not swapped:
        return
    given = {j: _carried(placed.model[j], layer) for j, layer in enumerate(target.model)}
    taken = {i: _parameters(source.model[i]) if j in alignment.converted else given[j] for j, i in _pairs(alignment)}
    moved = sum(i != j and given[j] > 0 for j, i in alignment.places.items())
    copied = sum(count for j, count in given.items() if j not in alignment.converted)
    parts = [f"{copied:,} copied" + (f" (layers from another index: {moved})" if moved else "")]
    if alignment.converted:
        forms = [
            (j, f"{_name(source, i)} to {_name(target, j)}") for j, i in _pairs(alignment) if j in alignment.converted
        ]
        count = sum(given[j] for j in alignment.converted)
        parts.append(f"{count:,} converted ({group_rows(forms)}, the same function)")
    parts += [*_rest("initialised", target, given), *_rest("dropped", source, taken)]
    yield f"parameters by role: {', '.join(parts)}"
    untrained = [(j, name) for j, name in swapped if j not in alignment.converted]
    if any(name == "SliceSamp" for _, name in untrained):
        to = "slice" if any(name == "SliceUpsamp" for _, name in untrained) else "slicesamp"
        weights = getattr(source, "pt_path", None) or "WEIGHTS.pt"
        yield (
            f"{group_rows(untrained)} start untrained, and what was copied is of little use after it; for a trained "
            f"start: yolo-slice convert model={weights} to={to} data=DATA.yaml"
        )


def _pairs(alignment: Alignment) -> list[tuple[int, int]]:
    """List (target index, source index) in order."""
    return sorted(alignment.places.items())


def _swapped(source: Layer, target: Layer, alignment: Alignment) -> list[tuple[int, str]]:
    """List the target's layers that are a block of ours where the source has another layer: index, class."""
    pairs = [(j, _name(target, j), _name(source, i)) for j, i in _pairs(alignment)]
    return [(j, new) for j, new, old in pairs if block_of(target.model[j]) and new != old]


def _rest(verb: str, model: Layer, done: dict[int, int]) -> Iterator[str]:
    """Say how many parameters a model has beyond those that are done, and in which layers."""
    rest = {i: _parameters(layer) - done.get(i, 0) for i, layer in enumerate(model.model)}
    named = [(i, f"part of {_name(model, i)}" if done.get(i) else _name(model, i)) for i in rest if rest[i]]
    if named:
        yield f"{sum(rest.values()):,} {verb} ({group_rows(named)})"


def _carried(source: Layer, target: Layer) -> int:
    """Count the target's parameters for which the source has a tensor of the same name and shape."""
    shapes = {name: tensor.shape for name, tensor in source.state_dict().items()}
    return sum(p.numel() for name, p in target.named_parameters() if shapes.get(name) == p.shape)


def _parameters(layer: Layer) -> int:
    return sum(p.numel() for p in layer.parameters())


def _name(model: Layer, index: int) -> str:
    return type(model.model[index]).__name__
