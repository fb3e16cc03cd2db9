"""Checks over the whole source tree."""
