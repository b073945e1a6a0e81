"""Puts this folder, which has the makers of data sets, on the path of the tests below it, too."""
