"""What `yolo_slice.data` offers; loaded when it is asked for."""

from yolo_slice.annotations.findings import Finding as Finding
from yolo_slice.data.checking.check import check_dataset as check_dataset
from yolo_slice.data.checking.page import save_html as save_html
from yolo_slice.data.checking.report import Report as Report
from yolo_slice.data.convert import Conversion as Conversion
from yolo_slice.data.convert import convert_dataset as convert_dataset
from yolo_slice.data.convert import convert_voc as convert_voc
