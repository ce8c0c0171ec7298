"""The model: frozen dataclasses that say what the warehouse is, and nothing else."""
