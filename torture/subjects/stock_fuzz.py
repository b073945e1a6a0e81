"""Ultralytics' own `yolo` command with slice models, right and misspelt: no traceback of it ends in our code."""

import re
from random import Random

from torture.fell import FellError
from torture.process import Ended
from torture.room import Room

LIMIT_S = 120.0
CASES = ("predict", "export", "val", "train", "track")
COUNT, FAST, MINUTES = 120, 2, 30
INPUTS = ("yolo", "pictures", "tiny.pt", "clip.mp4")
MODELS = (
    "yolov8n-slice.yaml",
    "yolov8-slice.yaml",
    "yolo11n-spd.yaml",
    "yolov5n-slicesamp.yaml",
    "yolo26n-slice.yaml",
    "yolov8n-seg-slice.yaml",
    "yolo11n-pose-slice",
    "yolov8n-p2-slice.yaml",
    "yolov8n-obb-spd.yaml",
    "yolov8n-cls-slice.yaml",
    "yolov8n-hwd-dysample.yaml",
    "yolo11n-ssb.yaml",
    "resnet18-slicesamp-cls.yaml",
    "swinpico-upernet-slicesamp.yaml",
    "rtdetr-l-slice.yaml",
    "../inputs/tiny.pt",
)
SMALL = ("imgsz=32", "batch=2", "workers=0", "device=cpu", "plots=False")
OF_CASE = {
    "train": ("data=../inputs/yolo/data.yaml", "epochs=1", *SMALL),
    "val": ("data=../inputs/yolo/data.yaml", *SMALL),
    "predict": ("source=../inputs/pictures", "imgsz=32", "conf=0.01"),
    "track": ("source=../inputs/clip.mp4", "imgsz=32"),
    "export": ("imgsz=32",),
}
MORE = {
    "train": ("pretrained=../inputs/tiny.pt", "resume=True", "freeze=2", "cos_lr=True", "amp=False", "fraction=0.5"),
    "val": ("save_json=True", "split=train", "max_det=5", "conf=0.1", "classes=0"),
    "predict": ("save_txt=True", "augment=True", "visualize=True", "classes=0", "half=True", "embed=1"),
    "track": ("tracker=bytetrack.yaml", "vid_stride=2", "show=False"),
    "export": ("format=onnx", "format=torchscript", "format=onnx dynamic=True", "format=nothing", "nms=True"),
}
TASKS = ("detect", "segment", "pose", "obb", "classify", "semantic", "")
FRAME = re.compile(r'^\s*File "([^"]+)", line \d+', re.MULTILINE)
OURS = "/yolo_slice/"


def run(case: str, room: Room) -> None:
    """Make a command line, misspell it now and then, and look where its traceback ends, if it has one."""
    room.fill(*INPUTS)
    words = _draw(case, room.rng)
    for _ in range(room.rng.choice((0, 0, 0, 1, 1, 2, 3))):
        words = _mutate(words, room.rng)
    ended = room.run(["yolo", *words], limit_s=LIMIT_S)
    if len(words) > 1 and "yolo solutions help" in ended.out and not ended.err and words[0] != "help":
        raise FellError("Ultralytics has not seen the words: it printed its help")
    _check(ended)


def _draw(case: str, rng: Random) -> list[str]:
    words = [rng.choice(TASKS), case, f"model={rng.choice(MODELS)}", *OF_CASE[case]]
    for word in rng.sample(MORE[case], rng.choice((0, 1, 1, 2))):
        words += word.split()
    return [word for word in words if word]


def _mutate(words: list[str], rng: Random) -> list[str]:
    """Drop, repeat, swap or misspell a word."""
    if not words:
        return ["yolov8n-slice.yaml"]
    at = rng.randrange(len(words))
    word, rest = words[at], [*words[:at], *words[at + 1 :]]
    letter = rng.randrange(len(word) + 1)
    misspelt = (
        word[:letter] + word[letter + 1 :],
        word[:letter] + rng.choice("-_.=/x0 \u00e9\n") + word[letter:],
        word.upper(),
        word.replace("-slice", rng.choice(("-slice-slice", "-slic", "-SLICE", "slice", "-slicesamp-spd"))),
        word.replace("=", rng.choice((" ", "==", "=,", "=[", "=None", "=-1,"))),
        word.partition("=")[0] + "=",
    )
    choices = [rest, [*words, word], [*rest[:at], rng.choice(MODELS), *rest[at:]]]
    choices += [[*words[:at], new, *words[at + 1 :]] for new in misspelt]
    return rng.choice(choices)


def _check(ended: Ended) -> None:
    said = f"exit {ended.status}"
    if ended.timed_out:
        raise FellError(f"took more than {ended.cpu_s:.0f} s of the processor, {ended.seconds:.0f} s by the clock")
    if ended.status < 0 or ended.status == 70:
        raise FellError(f"{said}: {ended.err.strip()[-300:]}")
    for text in (ended.err, ended.out):
        for traceback in text.split("Traceback (most recent call last)")[1:]:
            frames = FRAME.findall(traceback)
            if frames and OURS in frames[-1]:
                last = [line for line in traceback.splitlines()[1:] if line and not line.startswith(" ")]
                raise FellError(f"{said}, a traceback that ends in {frames[-1].rpartition(OURS)[2]}: {last[:1]}")
