"""Parameters and GFLOPs of real models, and the papers' complexity columns beside them."""
