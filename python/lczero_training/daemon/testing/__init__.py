"""A daemon with fake parts, and what tests of the real one need around it."""
