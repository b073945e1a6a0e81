"""Where a model with saliency sampling samples: SSBNet's picture of its blocks (Kwan and Song 2022, fig. 3)."""
