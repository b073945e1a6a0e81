"""`yolo-slice cam`: maps of many images and models, as pictures, sheets, pages and videos."""
