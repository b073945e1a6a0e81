"""Entry point of torch's `torch.backends` group: lets stock Ultralytics know slice models without an import line.

torch calls `autoload` at the end of every `import torch`, and fails itself if it raises: so nothing here may. A finder
is put in front of `sys.meta_path`; it does nothing until one of these Ultralytics modules is imported, and patches that
module right after it has run. `YOLO_SLICE_DISABLE=1` turns all of it off.
"""

import os
import sys

# Ultralytics module -> our modules whose `patch(module)` is called once it has run
PATCHES = {
    "ultralytics.utils.checks": ("integration.hooks.lookup",),
    "ultralytics.utils.torch_utils": ("integration.hooks.flops",),
    "ultralytics.nn.tasks": (
        "integration.hooks.parser",
        "integration.hooks.anchor_criterion",
        "integration.hooks.selective_criterion",
        "integration.hooks.derived_names",
        "integration.hooks.load",
        "integration.hooks.checkpoint_blocks",
    ),
    "ultralytics.models.yolo.detect.train": ("integration.hooks.anchor_training",),
    "ultralytics.models.yolo.semantic.val": ("integration.hooks.mean_accuracy", "integration.hooks.selective_report"),
    "ultralytics.engine.trainer": ("integration.hooks.schedule",),
    "ultralytics.engine.validator": ("metrics.validation_hook",),
    "ultralytics.engine.exporter": ("deploy.export_hook",),
    "ultralytics.cfg": ("cli.stock_command",),
}

_reported: list[Exception] = []  # one line on stderr is enough


class PostImportHook:
    """Finder that leaves the finding to the others. It stays installed, so a reloaded module is patched again."""

    def find_spec(self, name, path=None, target=None):
        if name not in PATCHES:
            return None
        specs = (finder.find_spec(name, path, target) for finder in sys.meta_path if finder is not self)
        spec = next(filter(None, specs), None)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def exec_module(module):
                run(module)
                _patch(module)

            spec.loader.exec_module = exec_module
        return spec


def _patch(module) -> None:
    import importlib

    try:
        for name in PATCHES.get(module.__name__, ()):  # a loader may serve other modules too
            importlib.import_module(f"yolo_slice.{name}").patch(module)
    except Exception as error:  # a fault of ours must leave torch and stock YOLO working
        _report(error)


def _report(error: Exception) -> None:
    if _reported:
        return
    _reported.append(error)
    print(
        f"yolo-slice: slice blocks are disabled ({type(error).__name__}: {error}); run `yolo-slice check`, "
        "or set YOLO_SLICE_DISABLE=1 to silence this.",
        file=sys.stderr,
    )


def is_disabled() -> bool:
    """Tell whether the user has turned us off."""
    return os.environ.get("YOLO_SLICE_DISABLE", "").strip().lower() in {"1", "true", "yes", "on"}


def autoload() -> None:
    """Install the hook once, and patch what was imported before it. Never raises."""
    try:
        if is_disabled() or any(type(finder).__name__ == PostImportHook.__name__ for finder in sys.meta_path):
            return
        sys.meta_path.insert(0, PostImportHook())
        for name in PATCHES:
            if name in sys.modules:
                _patch(sys.modules[name])
    except Exception as error:  # see the module docstring
        _report(error)
