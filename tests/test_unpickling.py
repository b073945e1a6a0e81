"""Nothing of ours unpickles freely: a file that somebody put in the way must not run code."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "yolo_slice"
READERS = {"torch.load", "pickle.load", "pickle.loads", "np.load", "numpy.load", "pickle.Unpickler"}
# Every reading of a pickle: file, function, and what makes it safe
KNOWN = {
    ("transfer/unfinished.py", "torch.load", "weights_only=True"),
    ("testing/laws.py", "pickle.loads", ""),  # of what it has pickled just before
}


def unpicklings(text: str) -> Iterator[tuple[str, str]]:
    """Name each call that can unpickle, with its keyword arguments that say how."""
    if not any(name.rpartition(".")[2] in text for name in READERS):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and (name := ast.unparse(node.func)) in READERS:
            how = [ast.unparse(k) for k in node.keywords if k.arg in ("weights_only", "allow_pickle")]
            yield name, ", ".join(how)


def test_every_unpickling_is_known() -> None:
    found = {
        (file.relative_to(PACKAGE).as_posix(), *call)
        for file in PACKAGE.rglob("*.py")
        for call in unpicklings(file.read_text(encoding="utf-8"))
    }
    assert found == KNOWN


def test_the_check_sees_them() -> None:
    assert [*unpicklings("import torch\nx = torch.load(f, weights_only=False)")] == [
        ("torch.load", "weights_only=False")
    ]
    assert [*unpicklings("pickle.loads(b)")] == [("pickle.loads", "")]
