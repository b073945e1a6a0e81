"""What an export needs beside Ultralytics, and what installs it: said before anything is written."""

from collections.abc import Mapping
from importlib.util import find_spec

from yolo_slice.errors import SliceError

# Format -> modules that its converter imports, and what brings them
CONVERTERS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "onnx": (("onnx",), "pip install 'yolo-slice[export]'"),
    "openvino": (("openvino",), "pip install 'yolo-slice[export]'"),
    "ncnn": (("ncnn", "pnnx"), "pip install 'yolo-slice[ncnn]'"),
    "mnn": (("onnx", "MNN"), "pip install onnx MNN"),
    "litert": (("litert_torch", "ai_edge_litert"), "pip install 'yolo-slice[litert]'"),
    "executorch": (("executorch",), "pip install executorch"),
}
CALIBRATORS: Mapping[str, tuple[tuple[str, ...], str]] = {  # the same for 8 bits
    "onnx": (("onnxruntime",), "pip install 'yolo-slice[export]'"),
    "openvino": (("nncf",), "pip install nncf"),
}


def refuse_if_missing(format: str, bits: int) -> None:
    """Refuse an export whose converter is not installed, where Ultralytics would not install it by itself.

    Args:
        format: As Ultralytics names it.
        bits: Precision that is asked for.

    Raises:
        SliceError: With what is missing and what brings it.
    """
    from ultralytics.utils import AUTOINSTALL, ONLINE

    if AUTOINSTALL and ONLINE:
        return
    for table in (CONVERTERS, *([CALIBRATORS] if bits == 8 else [])):
        modules, install = table.get(format, ((), ""))
        if missing := [name for name in modules if find_spec(name) is None]:
            raise SliceError(f"format={format}: {' and '.join(missing)} not installed; {install}")
