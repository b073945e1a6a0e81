"""Semantic segmentation: layers of Swin Transformer, UPerNet's head, and selective stages.

They are no blocks of yolo-slice: they take the place of no row of another model. They are loaded when a model file or a
checkpoint names them, because torchvision's models take long to import.
"""
