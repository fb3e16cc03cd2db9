"""The dashboard, a Textual application."""
