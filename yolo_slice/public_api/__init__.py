"""What is written from the code for those who use it in Python: the stub of the blocks, and the page "Python API"."""
