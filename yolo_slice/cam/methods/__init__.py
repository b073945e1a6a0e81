"""Class activation maps, one method per file: the formula is the file.

A file put here whose last class is a subclass of one of the kinds in `cam.method` is a method everywhere: in `method=`
and its help, in the tests, and in the table of docs/cam.md. The file is named after the class's `name`:
`grad_cam.py` for "Grad-CAM", which `method=` calls gradcam.
"""

import importlib
import pkgutil

from yolo_slice.cam.method import ActivationMethod, GradientMethod, MaskingMethod, Method, PredictionMethod
from yolo_slice.cam.method_list import check_method, method_key

KINDS = (GradientMethod, ActivationMethod, MaskingMethod, PredictionMethod)


def _load(file: str) -> type[Method]:
    module = importlib.import_module(f"{__name__}.{file}")
    *_, method = (cls for cls in vars(module).values() if isinstance(cls, type) and cls.__module__ == module.__name__)
    return method


METHODS: dict[str, type[Method]] = {method_key(file.name): _load(file.name) for file in pkgutil.iter_modules(__path__)}


def method_named(name: str | Method | type[Method]) -> Method:
    """Return a method by its name, in any case and with any hyphens; a method or a class of your own comes back ready.

    Raises:
        SliceError: If there is no method of that name.

    Example:
        >>> method_named("gradcam++").name, method_named("GradCAMPlusPlus").name, method_named("Layer-CAM").name
        ('Grad-CAM++', 'Grad-CAM++', 'LayerCAM')
    """
    if isinstance(name, KINDS):
        return name
    if isinstance(name, type) and issubclass(name, KINDS):
        return name()
    return METHODS[check_method(str(name))]()
