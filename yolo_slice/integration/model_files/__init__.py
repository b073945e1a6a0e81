"""Model files: rows, scales, names that are derived, and the models built from them."""
