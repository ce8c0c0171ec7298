"""The doctor: is a target fit to be loaded, and does it answer as dv-gen relies upon."""
