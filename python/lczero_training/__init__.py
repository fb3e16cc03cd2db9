"""The training system of Leela Chess Zero."""
