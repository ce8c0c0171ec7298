"""Rendering: the model and the templates become the files of ``generated/<target>/``."""
