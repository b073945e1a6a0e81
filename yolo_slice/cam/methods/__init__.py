"""Class activation maps, one method a file: the formula is the file."""
