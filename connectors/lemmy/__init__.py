"""Lemmy: posts and comments of communities we watch, and what a server's search finds."""
