"""The commands in the shell blocks of README and documentation, as they stand and on tiny data."""

import re
import shlex
from collections.abc import Iterable
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?ms)^```sh\n(.*?)^```")
UNMARKED = re.compile(r"(?m)^(?:```\n|    )(?:yolo|yolo-slice|pip|python3?|make|git) [^\n]*=")
SMALL = {
    "yolo train": "epochs=1 imgsz=64 batch=4 workers=0 plots=False amp=False device=cpu",
    "yolo classify train": "epochs=1 imgsz=64 batch=4 workers=0 plots=False amp=False device=cpu",
    "yolo val": "imgsz=64 batch=4 workers=0 plots=False device=cpu",
    "yolo predict": "imgsz=64 device=cpu",
    "yolo track": "imgsz=64 device=cpu",
    "yolo export": "imgsz=64 device=cpu",
    "yolo-slice cam": "imgsz=64 device=cpu",
    "yolo-slice cam score": "imgsz=64 device=cpu images=2 perturbed=1 steps=2",
    "yolo-slice convert data": "imgsz=64 images=8 steps=0 distil=0 val=False",
    "yolo-slice eval model": "imgsz=64 batch=4 workers=0 device=cpu",
    "yolo-slice complexity": "table=SPD-Conv",
    "yolo-slice study models": "seeds=1 epochs=1 imgsz=64 batch=4 workers=0 plots=False amp=False devices=cpu",
    "yolo-slice study": "devices=cpu",
}


def commands(page: Path) -> list[str]:
    """List the lines of a page's shell blocks; a line that ends in a backslash goes on in the next one."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for block in BLOCK.findall(text) for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def unmarked(page: Path) -> list[str]:
    """List what looks like a command and stands in a block that no reader knows for a shell's."""
    return UNMARKED.findall(page.read_text(encoding="utf-8"))


def split(line: str, folder: str) -> list[str]:
    """Divide a command into its words, as a shell in that folder does."""
    return [word.replace("$PWD", folder) for word in shlex.split(line, comments=True)]


def make_small(words: Iterable[str]) -> list[str]:
    """Change a command of `yolo` or `yolo-slice` so that it takes a second: less of everything, the smallest scale."""
    program, *rest = words
    names = [word for word in rest if "=" not in word]
    keys = {word.partition("=")[0] for word in rest if "=" in word}
    starts = [f"{program} {' '.join(names[:n])}" for n in (2, 1)] + [f"{program} {names[0]} {key}" for key in keys]
    known = [start for start in sorted(starts, key=len, reverse=True) if start in SMALL]
    small = dict(word.split("=") for word in SMALL[known[0]].split()) if known else {}
    if "models" in keys:  # each is a training in a process of its own
        rest = [re.sub(r"^(models=[^,]*).*", r"\1", word) for word in rest]
    kept = [re.sub(r"\b(yolo(?:v5|v8|11|26))[smlx]\b", r"\1n", w) for w in rest if w.partition("=")[0] not in small]
    return [program, *kept, *(f"{key}={value}" for key, value in small.items())]
