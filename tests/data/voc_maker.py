"""Makes small VOC folders for the tests, whole unless told otherwise."""

from pathlib import Path

from PIL import Image

WH = (100, 80)


def box_xml(name="dog", xyxy=(11, 21, 31, 61), extra="<difficult>0</difficult>"):
    corners = "".join(
        f"<{tag}>{value}</{tag}>" for tag, value in zip(("xmin", "ymin", "xmax", "ymax"), xyxy, strict=True)
    )
    return f"<object><name>{name}</name>{extra}<bndbox>{corners}</bndbox></object>"


def annotation_xml(*objects, wh=WH, filename="nonsense.png"):
    size = f"<size><width>{wh[0]}</width><height>{wh[1]}</height><depth>3</depth></size>" if wh else ""
    return f"<annotation><filename>{filename}</filename>{size}{''.join(objects)}</annotation>"


def save_image(file: Path, wh=WH, orientation=1):
    file.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[274] = orientation
    Image.new("RGB", wh, (90, 120, 60)).save(file, exif=exif)


def save_annotation(file: Path, text=None):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text or annotation_xml(box_xml()), encoding="utf-8")


def make_voc(root: Path, **lists):
    """Make Annotations, JPEGImages and ImageSets/Main with the given lists of ids, a space between them."""
    for stem in dict.fromkeys(stem for ids in lists.values() for stem in ids.split()):
        save_annotation(root / "Annotations" / f"{stem}.xml")
        save_image(root / "JPEGImages" / f"{stem}.jpg")
    for name, ids in lists.items():
        save_list(root, name, ids)
    return root


def save_list(root: Path, name, ids):
    file = root / "ImageSets" / "Main" / f"{name}.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{stem}\n" for stem in ids.split()), encoding="utf-8")


def snapshot(root: Path):
    """Every file below root with its bytes and time."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {file.relative_to(root).as_posix(): (file.read_bytes(), file.stat().st_mtime_ns) for file in files}


def names_below(root: Path):
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
