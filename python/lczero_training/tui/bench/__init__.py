"""How fast the dashboard starts, and what it costs while it runs."""
