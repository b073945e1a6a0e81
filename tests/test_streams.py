"""`yolo predict` on a stream: MJPEG over HTTP, served on loopback."""

import itertools
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import pytest
from ultralytics import YOLO

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]
FRAMES = 40


class Camera(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        for i in range(FRAMES):
            image = np.full((64, 96, 3), i * 5, np.uint8)
            data = cv2.imencode(".jpg", image)[1].tobytes()
            self.wfile.write(
                b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(data) + data + b"\r\n"
            )

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/stream"
    server.shutdown()
    server.server_close()


def test_predict_on_an_mjpeg_stream(address: str) -> None:
    results = YOLO("yolov8n-slice.yaml").predict(address, imgsz=64, stream=True, stream_buffer=True, verbose=False)
    frames = [result.orig_img for result in itertools.islice(results, FRAMES // 2)]  # the host reconnects for ever
    results.close()
    assert len(frames) == FRAMES // 2
    assert all(frame.shape == (64, 96, 3) for frame in frames)
    means = [frame.mean() for frame in frames]
    assert means == sorted(means)
    assert means[-1] > means[0]
