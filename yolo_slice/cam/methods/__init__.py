"""Class activation maps, one method a file: the formula is the file."""

import difflib

from yolo_slice.cam.methods.eigen_cam import EigenCAM
from yolo_slice.cam.methods.grad_cam import GradCAM
from yolo_slice.cam.methods.grad_cam_plus_plus import GradCAMPlusPlus
from yolo_slice.cam.methods.hires_cam import HiResCAM
from yolo_slice.cam.methods.kinds import ActivationMethod, GradientMethod, MaskingMethod, Method
from yolo_slice.cam.methods.layer_cam import LayerCAM
from yolo_slice.cam.methods.score_cam import ScoreCAM
from yolo_slice.cam.methods.xgrad_cam import XGradCAM
from yolo_slice.errors import SliceError

METHODS: dict[str, type[Method]] = {
    cls.name: cls for cls in (GradCAM, GradCAMPlusPlus, HiResCAM, LayerCAM, XGradCAM, EigenCAM, ScoreCAM)
}


def method_named(name: str | Method | type[Method]) -> Method:
    """Return a method by its name, in any case and with any hyphens; a method or a class of your own comes back ready.

    Raises:
        SliceError: If no method is called so.

    Example:
        >>> method_named("gradcam++").name, method_named("GradCAMPlusPlus").name, method_named("Layer-CAM").name
        ('Grad-CAM++', 'Grad-CAM++', 'LayerCAM')
    """
    if isinstance(name, (GradientMethod, ActivationMethod, MaskingMethod)):
        return name
    if isinstance(name, type) and issubclass(name, (GradientMethod, ActivationMethod, MaskingMethod)):
        return name()
    known = {_key(method): cls for method, cls in METHODS.items()}
    if not isinstance(name, str) or _key(name) not in known:
        near = difflib.get_close_matches(_key(str(name)), known, n=1)
        hint = f"did you mean {known[near[0]].name}?" if near else f"known are {', '.join(METHODS)}"
        raise SliceError(f"method {name!r}: no such method; {hint}")
    return known[_key(name)]()


def _key(name: str) -> str:
    plain = "".join(c for c in name.lower() if c.isalnum() or c == "+")
    return plain.replace("plusplus", "++").replace("campp", "cam++")


__all__ = [
    "METHODS",
    "ActivationMethod",
    "EigenCAM",
    "GradCAM",
    "GradCAMPlusPlus",
    "GradientMethod",
    "HiResCAM",
    "LayerCAM",
    "MaskingMethod",
    "Method",
    "ScoreCAM",
    "XGradCAM",
    "method_named",
]
