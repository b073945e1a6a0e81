"""Every command that writes, with something small to do; outputs are relative to the folder that it works in."""

from dataclasses import dataclass
from fnmatch import fnmatch

MODEL, DATA = "model=../inputs/tiny.pt", "data=../inputs/yolo/data.yaml"
QUICK = ("imgsz=64", "device=cpu")
RUN = ("project=runs", "exist_ok=True")
FITTED = ("data=../inputs/pictures", "images=8", "steps=1", "distil=1", "rounds=1", *QUICK, "val=False", "out=out.pt")
DEMO = ("train=2", "val=1", "epochs=1", "batch=1", "frames=3")


@dataclass(frozen=True, slots=True)
class Writer:
    """A command line.

    Attributes:
        words: The command line.
        inputs: What it reads; see `sets`.
        keeps: What an interrupted one may leave to go on from.
    """

    words: tuple[str, ...]
    inputs: tuple[str, ...]
    keeps: tuple[str, ...] = ()

    def may_keep(self, name: str) -> bool:
        return any(fnmatch(name, pattern) for pattern in self.keeps)


def _ours(*words: str, inputs: str, keeps: tuple[str, ...] = ()) -> Writer:
    return Writer(("yolo-slice", *words), tuple(inputs.split()), keeps)


WRITERS = {
    "data convert voc to yolo": _ours("data", "convert", "../inputs/voc", "out", "to=yolo", inputs="voc"),
    "data convert yolo to coco": _ours("data", "convert", "../inputs/yolo", "out", "to=coco", inputs="yolo"),
    "data convert coco to voc": _ours("data", "convert", "../inputs/coco", "out", "to=voc", inputs="coco"),
    "data convert links": _ours("data", "convert", "../inputs/voc", "out", "to=yolo", "images=link", inputs="voc"),
    "data check": _ours("data", "check", "../inputs/voc", "html=page.html", "json=report.json", inputs="voc"),
    "convert": _ours(
        "convert", MODEL, "to=slicesamp", *FITTED, inputs="tiny.pt pictures", keeps=("out.unfinished*",)
    ),
    "convert spd": _ours("convert", MODEL, "to=spd", "out=out.pt", inputs="tiny.pt"),
    "cam images": _ours("cam", MODEL, "source=../inputs/yolo/images/train", *QUICK, *RUN, inputs="tiny.pt yolo"),
    "cam video": _ours("cam", MODEL, "source=../inputs/clip.mp4", *QUICK, *RUN, inputs="tiny.pt clip.mp4"),
    "cam score": _ours("cam", "score", MODEL, DATA, "steps=2", *QUICK, *RUN, inputs="tiny.pt yolo"),
    "eval models": _ours("eval", MODEL, DATA, *QUICK, *RUN, "workers=0", "save_json=True", inputs="tiny.pt yolo"),
    "eval files": _ours(
        "eval", "truth=../inputs/coco/annotations/instances_train.json", "detections=../inputs/detections.json", *RUN,
        inputs="coco detections.json",
    ),
    "compare": _ours("compare", "../inputs/runs", *RUN, inputs="runs"),
    "yaml": _ours("yaml", "yolov8n-slice", "out=model.yaml", inputs=""),
}  # fmt: skip
