"""The BatchNorm and activation directly after a convolution, found by tracing with torch.fx, and taken away."""

import copy
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import fx, nn

ACTIVATION_FUNCTIONS = (F.relu, F.relu6, F.silu, F.gelu, F.leaky_relu, F.elu, F.hardswish, F.mish, torch.relu, F.relu_)
ACTIVATION_METHODS = ("relu", "relu_")
BATCH_NORMS = (nn.BatchNorm2d, nn.SyncBatchNorm)


class _Tracer(fx.Tracer):
    """Takes the modules of this package and of Ultralytics for granted: their shapes decide what they do.

    Args:
        name: If given, only modules around this one are traced into; all others stay whole.
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__()
        self.name = name

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        if self.name is not None:
            return not self.name.startswith(f"{module_qualified_name}.")
        package = type(m).__module__.partition(".")[0]
        return package in ("yolo_slice", "ultralytics") or super().is_leaf_module(m, module_qualified_name)


def remove_what_follows(model: nn.Module, name: str) -> tuple[nn.Module, tuple[str, ...]]:
    """Take away the BatchNorm and the activation that only the named convolution feeds.

    A module becomes `nn.Identity`. An activation that is called as a function, or that serves other places as well, is
    taken out of the traced forward of the module that calls it; that module becomes a `torch.fx.GraphModule`.

    Returns:
        The model, which is another one if its own forward had to be traced, and the names of what was taken away.
        Nothing is taken away if no module around the convolution can be traced.
    """
    for around in _ancestors(name):
        inner = name[len(around) :].lstrip(".")
        graph = _trace(model.get_submodule(around), _Tracer())
        chain = _chain(model.get_submodule(around), graph, inner) if graph else None
        if chain is not None:
            break
    else:
        return model, ()
    removed = []
    for node in reversed(chain):  # the activation first: it is found again after the BatchNorm
        if _is_only_call(model, around, node):
            removed.append(_join(around, str(node.target)))
            model.set_submodule(removed[-1], nn.Identity().train(model.get_submodule(removed[-1]).training))
        elif traced := _without_last(model.get_submodule(around), inner, len(chain)):
            removed.append(f"{node.name} in {around or 'the model'}")
            model = _put(model, around, traced)
    return model, tuple(reversed(removed))


def _ancestors(name: str) -> Iterator[str]:
    """List the names of the modules around a module, the nearest first, down to the model's own, which is empty."""
    while name:
        name = name.rpartition(".")[0]
        yield name


def _join(around: str, name: str) -> str:
    return f"{around}.{name}" if around else name


def _put(model: nn.Module, name: str, module: nn.Module) -> nn.Module:
    """Put a module into a place of the model, or in place of it."""
    if not name:
        return module
    model.set_submodule(name, module)
    return model


def _trace(module: nn.Module, tracer: _Tracer) -> fx.Graph | None:
    try:
        return tracer.trace(module)
    except Exception:  # tracing runs other people's code, which may do anything that cannot be traced
        return None


def _chain(module: nn.Module, graph: fx.Graph, name: str) -> list[fx.Node] | None:
    """List the BatchNorm and activation nodes after the one call of a module; None if the graph ends before."""
    calls = [node for node in graph.nodes if node.op == "call_module" and node.target == name]
    if len(calls) != 1:
        return []
    chain: list[fx.Node] = []
    node = calls[0]
    for is_wanted in (_is_batch_norm, _is_activation):
        if len(node.users) != 1:
            return chain
        follower = next(iter(node.users))
        if follower.op == "output":
            return None
        if is_wanted(module, follower):
            node = follower
            chain.append(node)
    return chain


def _is_batch_norm(module: nn.Module, node: fx.Node) -> bool:
    return node.op == "call_module" and isinstance(module.get_submodule(str(node.target)), BATCH_NORMS)


def _is_activation(module: nn.Module, node: fx.Node) -> bool:
    if node.op == "call_module":
        return type(module.get_submodule(str(node.target))).__module__ == "torch.nn.modules.activation"
    return node.target in (ACTIVATION_FUNCTIONS if node.op == "call_function" else ACTIVATION_METHODS)


def _is_only_call(model: nn.Module, around: str, node: fx.Node) -> bool:
    """Tell whether a node calls a module that nothing else calls, by this name or another."""
    if node.op != "call_module":
        return False
    wanted = model.get_submodule(_join(around, str(node.target)))
    names = [name for name, module in model.named_modules(remove_duplicate=False) if module is wanted]
    return len(names) == 1 and sum(other.target == node.target for other in node.graph.nodes) == 1


def _without_last(module: nn.Module, name: str, length: int) -> fx.GraphModule | None:
    """Trace a module without the last of the nodes that follow a convolution in it.

    Returns:
        None if a trace would not do: if it differs in training and evaluation, as functional dropout does, or does not
        show as many followers.
    """
    graph, other = (_trace(copy.deepcopy(module).train(mode), _Tracer(name)) for mode in (True, False))
    chain = _chain(module, graph, name) if graph else None
    if graph is None or other is None or str(graph) != str(other) or not chain or len(chain) != length:
        return None
    chain[-1].replace_all_uses_with(chain[-1].all_input_nodes[0])
    graph.erase_node(chain[-1])
    traced = fx.GraphModule(module, graph, type(module).__name__)
    traced.training = module.training  # of this module only: its parts may be in another mode
    return traced
