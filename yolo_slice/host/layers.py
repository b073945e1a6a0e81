"""What the host pins on the layers of its models."""

from torch import nn


def take_place(old: nn.Module, new: nn.Module) -> None:
    """Give a module the place of another one in a host model: index, input, and its own name and size.

    A module that is no layer of a host model has none of these, and nothing happens.
    """
    if not (hasattr(old, "f") and hasattr(old, "i")):
        return
    cls = type(new)
    facts = {"i": old.i, "f": old.f, "type": f"{cls.__module__}.{cls.__qualname__}"}
    vars(new).update({**facts, "np": sum(p.numel() for p in new.parameters())})
