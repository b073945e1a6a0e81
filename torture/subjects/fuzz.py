"""Command lines made at random from what the commands' settings say: success or one line, and nothing else touched."""

import os
import string
from collections.abc import Callable, Sequence

from torture.expected import check_whole
from torture.fell import FellError
from torture.room import Room, Unchanged
from torture.sets import FORMATS
from torture.subjects.hostile_names import TEXTS
from yolo_slice.cli.command import Command, command_names, load_command
from yolo_slice.settings import Setting, settings_of

LIMIT_S = 60.0
LEFT_OUT = {"demo", "list", "complexity"}  # take a minute whatever their settings, and list readme=True writes into us
CASES = tuple(name for name in command_names() if name not in LEFT_OUT)
COUNT, FAST, MINUTES = 200, 10, 30
INPUTS = (*FORMATS, "pictures", "tiny.pt", "clip.mp4", "runs", "detections.json")
MODELS = ("../inputs/tiny.pt", "../inputs/tinyn.yaml", "yolov8n-slice.yaml", "yolo26n-seg-slice", "yolov8n-spd")
JUNK = ("../inputs", "../inputs/notes.txt", "../inputs/empty", "nowhere", "../inputs/junk.pt", "../inputs/junk.yaml")
SETS = tuple(f"../inputs/{name}" for name in FORMATS)
YAMLS = ("../inputs/yolo/data.yaml", "../inputs/yolo", "voc.yaml")
OUTS = ("out", "deep/er/out", "used/file", "used", "../inputs/voc", ".", "", "-", "/dev/null", "/proc/x")
GOOD: dict[str, Sequence[str]] = {  # by the setting's name, whichever command has it
    "source": (
        *SETS,
        "../inputs/pictures",
        "../inputs/clip.mp4",
        "../inputs/yolo/images/train/a.jpg",
        "../inputs/*/*.jpg",
    ),
    "data": (*SETS, *YAMLS, "../inputs/pictures"),
    "truth": (*SETS, "../inputs/coco/annotations/instances_train.json", *YAMLS),
    "detections": ("../inputs/detections.json", "../inputs/yolo/labels/train", "../inputs/detections.json,nowhere"),
    "annotations": ("../inputs/coco/annotations/instances_val.json",),
    "model": (*MODELS, "../inputs/tiny.pt,../inputs/tiny.pt"),
    "models": ("yolov5n", "../inputs/tiny.pt", "yolov8n-slice,yolov8n-slice", "nothing"),
    "seeds": ("1", "0,", "0", "x"),
    "folder": ("runs/study/yolo", "../inputs/runs", "nowhere"),
    "cluster": ("127.0.0.1:1",),
    "runs": ("../inputs/runs", "../inputs/runs/run0", "../inputs/runs/*"),
    "out": OUTS,
    "html": ("page.html", *OUTS),
    "json": ("report.json", *OUTS),
    "project": ("runs", "used/file", *(out for out in OUTS if "inputs" not in out)),  # one writes into what it names
    "name": ("a", "..", "a/b", "", "/", "used"),
    "names": ("cat,dog", "dog", "cat,cat", "../inputs/darknet/obj.names", ",", "../inputs/voc"),
    "classes": ("cat", "cat,dog", "cow", "0", ","),
    "target": ("#0", "all", "10,20,30,40", "#99", "#-1", "40,30,20,10", "nan,0,1,1", "#"),
    "device": ("cpu", "cuda:99", "99", "gpu", "-1", "cpu,cpu", "meta"),
    "colormap": ("inferno", "jet", "INFERNO", "9", "none"),
    "method": ("gradcam", "eigencam,layercam", "scorecam", "drise", "hirescam,drise", "nothing"),
    "regions": ("../inputs/yolo/labels/train", "../inputs", "nowhere"),
    "baseline": ("yolov8n", "run0", "nothing"),
    "ignore": ("data", "model", "nothing", "a,b"),
    "split": ("val", "train", "test", "..", "trainval"),
    "rows": ("1", "1,3", "3,1,1", "99", "-1", "0"),
    "layers": ("2", "2,3", "0", "99", "-1"),
    "down": ("SPDConv", "SliceSamp", "none", "Conv", "nothing"),
    "up": ("SliceUpsamp", "none", "SPDConv", "nothing"),
    "sizes": ("0,32,96", "0", "", "96,32", "-1,5", "nan,inf", "0,0"),
}
ODD_NUMBERS = ("0", "-1", "1.5", "1e400", "nan", "inf", "-inf", "", "1_0", "\u0663", "0x10", "9" * 5000, "1,2", " 7 ")
CHEAP: dict[str, Sequence[str]] = {  # work that grows with a number: it is always small, for time is not what is tried
    **dict.fromkeys(("imgsz",), ("64", "32", "65")),
    **dict.fromkeys(("batch", "max_det", "vid_stride"), ("1", "3")),
    **dict.fromkeys(("steps", "distil", "perturbed"), ("1", "0")),
    "masks": ("1", "5"),
    **dict.fromkeys(("rounds", "processes"), ("2", "1")),
    **dict.fromkeys(("train", "val", "epochs", "frames"), ("1",)),
    "images": ("8", "1"),
    **dict.fromkeys(("workers", "threads"), ("0", "1")),
    "seeds": (),
}
ALWAYS = {"study": ("epochs=1", "imgsz=64", "batch=4", "workers=0", "plots=False", "devices=cpu")}
UNKNOWN = ("nonsense=1", "--nonsense", "-x", "=", "==", "a", "help", "--help", "--", "model", "--model", "a=b=c")


def run(case: str, room: Room) -> None:
    """Make a command line, run it, and look at everything around."""
    room.fill(*INPUTS)
    _add_junk(room)
    words = ["yolo-slice", *case.split(), *_draw(load_command(case), room)]
    words = [word for word in words if _is_possible(word)]
    with Unchanged(room.root, besides=("work", "home", "tmp")):
        room.run_checked(words, limit_s=LIMIT_S)
    is_named = case == "data check" and "used/file" in " ".join(words)  # json= and html= replace what they name
    if not is_named and (room.work / "used/file").read_bytes() != b"precious\n":
        raise FellError("used/file has changed")
    check_whole(room.work, {})
    room.nothing_left_aside()


def _is_possible(word: str) -> bool:
    """Tell whether a system passes a word on: no zero byte, and no half of a character."""
    try:
        return b"\0" not in os.fsencode(word)
    except UnicodeEncodeError:
        return False


def _add_junk(room: Room) -> None:
    (room.inputs / "notes.txt").write_text("notes\n")
    (room.inputs / "empty").mkdir()
    (room.inputs / "junk.pt").write_bytes(b"PK\x03\x04 no checkpoint")
    (room.inputs / "junk.yaml").write_text("a: [1, 2\n")
    (room.inputs / "tinyn.yaml").write_text("nc: 2\nbackbone: []\nhead: []\n")
    (room.work / "used").mkdir()
    (room.work / "used/file").write_text("precious\n")


def _draw(command: Command, room: Room) -> list[str]:
    rng, settings = room.rng, settings_of(command.settings)
    words = [*ALWAYS.get(command.name, ())]
    for setting in settings:
        if (setting.is_required and rng.random() < 0.97) or setting.name in CHEAP or rng.random() < 0.25:
            words += _spell(setting, _value(setting, room), rng.choice)
    if rng.random() < 0.1:
        words.insert(rng.randrange(len(words) + 1), rng.choice(UNKNOWN))
    if words and rng.random() < 0.05:
        words.append(rng.choice(words))
    if rng.random() < 0.7:
        words = [word for word in words if word.strip("-") not in ("", "x")]
    return words


def _spell(setting: Setting, value: str, choose: Callable[[Sequence[int]], int]) -> list[str]:
    key = setting.name
    return ([f"{key}={value}"], [f"--{key}={value}"], [f"--{key.replace('_', '-')}", value])[choose((0, 0, 1, 2))]


def _value(setting: Setting, room: Room) -> str:
    """Draw a value; results go where `project` says, so that one stays where this command line may write."""
    value = _draw_value(setting, room)
    place = os.path.abspath(os.path.join(room.work, value))  # noqa: PTH100, PTH118  pathlib refuses what is odd in it
    return value if setting.name != "project" or f"{place}/".startswith(f"{room.work}/") else "runs"


def _draw_value(setting: Setting, room: Room) -> str:
    """Draw a good value mostly, a bad one sometimes, an odd one now and then."""
    rng, luck = room.rng, room.rng.random()
    if setting.name in CHEAP and setting.inner in (int, float):
        good: Sequence[str] = CHEAP[setting.name]
    elif setting.choices:
        good = tuple(map(str, setting.choices))
    elif setting.inner is bool:
        good = ("True", "False", "true")
    else:
        good = GOOD.get(setting.name, ("0.5", "1", "7") if setting.inner in (int, float) else ("word",))
    if luck < 0.8 and good:
        return rng.choice(good)
    if setting.inner in (int, float):
        return rng.choice(ODD_NUMBERS)
    if luck < 0.9:
        return rng.choice(JUNK)
    if luck < 0.97:
        return rng.choice(tuple(TEXTS.values())).replace("{root}", str(room.root)[1:])
    return "".join(rng.choice(string.printable + "\u00e9\u2028\udcff") for _ in range(rng.randint(0, 40)))
