"""dv-gen: a metadata-driven Data Vault generator."""

__version__ = "0.1.0"
