"""Semantic segmentation: the layers of Swin Transformer as rows of model files, and UPerNet's head.

They are no blocks of yolo-slice: they take the place of no row of another model, and the number of channels stays. They
are loaded when a model file or a checkpoint names them, because torchvision's models take long to import.
"""
