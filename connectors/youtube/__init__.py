"""YouTube: comments under our own videos, under videos we watch, and videos that name us."""
