"""`yolo-slice new-block`: a block of one's own, to start from."""

from yolo_slice.new_block.settings import NewBlockSettings

EXAMPLE = "MyDown"
PLACES = ("name",)


def run(settings: NewBlockSettings) -> int:
    """Write its files, and say what to do with them."""
    from yolo_slice.new_block.file_names import check_names

    check_names(settings)

    from yolo_slice.new_block.writing import write_new_block

    block, test, model = write_new_block(settings)
    scaled = model.name.replace(settings.model, f"{settings.model}n", 1)
    print(f"{block}\n{test}\n{model}\nwritten. Write your own into {block.name}, and then:")
    print(f"  pytest {test}\n  yolo train model={model.parent / scaled} data=your.yaml")
    return 0
