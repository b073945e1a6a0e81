"""Data YAMLs and labelled images, as Ultralytics reads them."""
