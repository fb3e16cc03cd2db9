"""Starts a daemon and talks to it: commands in, events out. No JAX."""
