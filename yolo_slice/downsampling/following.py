"""The BatchNorm and activation directly behind a convolution, found by tracing with torch.fx, and taken away."""

import copy
import operator
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import fx, nn

ACTIVATION_FUNCTIONS = (F.relu, F.relu6, F.silu, F.gelu, F.leaky_relu, F.elu, F.hardswish, F.mish, torch.relu, F.relu_)
ACTIVATION_METHODS = ("relu", "relu_")
BATCH_NORMS = (nn.BatchNorm2d, nn.SyncBatchNorm)


class _Tracer(fx.Tracer):
    """Takes the modules of this package and of the host for granted: their shapes decide what they do."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
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
        graph = _trace(model.get_submodule(around))
        chain = _chain(model.get_submodule(around), graph, name[len(around) :].lstrip(".")) if graph else None
        if chain is not None:
            break
    else:
        return model, ()
    removed = []
    for node in chain:
        if _is_only_call(model, around, node):
            removed.append(_join(around, str(node.target)))
            model.set_submodule(removed[-1], nn.Identity())
        elif _runs_alike_in_both_modes(model.get_submodule(around)):
            removed.append(f"{node.name} in {around or 'the model'}")
            model = _without(model, around, node.name)
    return model, tuple(removed)


def _ancestors(name: str) -> Iterator[str]:
    """List the names of the modules around a module, the nearest first, down to the model's own, which is empty."""
    while name:
        name = name.rpartition(".")[0]
        yield name


def _join(around: str, name: str) -> str:
    return f"{around}.{name}" if around else name


def _trace(module: nn.Module) -> fx.Graph | None:
    try:
        return _Tracer().trace(module)
    except Exception:  # tracing runs other people's code, which may do anything that cannot be traced
        return None


def _chain(module: nn.Module, graph: fx.Graph, name: str) -> list[fx.Node] | None:
    """List the BatchNorm and activation nodes behind the one call of a module; None if the graph ends before."""
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


def _runs_alike_in_both_modes(module: nn.Module) -> bool:
    """Tell whether a trace holds in training and in evaluation; functional dropout, for example, differs."""
    module = copy.deepcopy(module)
    traces = [_trace(module.train(mode)) for mode in (True, False)]
    return all(traces) and operator.eq(*(fx.GraphModule(module, graph).code for graph in traces if graph))


def _without(model: nn.Module, around: str, name: str) -> nn.Module:
    """Replace a module by its trace without one node."""
    module = model.get_submodule(around)
    graph = _Tracer().trace(module)
    node = next(node for node in graph.nodes if node.name == name)
    node.replace_all_uses_with(node.args[0])
    graph.erase_node(node)
    traced = fx.GraphModule(module, graph, type(module).__name__).train(module.training)
    if not around:
        return traced
    model.set_submodule(around, traced)
    return model
