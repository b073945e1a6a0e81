"""The check of a data set: what is wrong with it, what is in it, and three ways to show that."""
