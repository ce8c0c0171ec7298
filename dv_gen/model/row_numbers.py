"""How the rows of a batch are numbered where the order of their lines is not known."""

from __future__ import annotations

# Where the server reads a file by itself, on all nodes at once, its lines have no numbers: rows are
# numbered within so many buckets, each by its node.
BUCKETS = 1024
