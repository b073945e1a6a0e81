"""`yolo-slice demo`: everything from nothing to an annotated video."""

from yolo_slice.demo.settings import DemoSettings

EXAMPLE = "out=demo"
PLACES = ("out",)


def run(settings: DemoSettings) -> int:
    """Run the demonstration and say where its pictures are."""
    from yolo_slice.demo import run_demo

    print(f"demo finished: {run_demo(settings)}")
    return 0
