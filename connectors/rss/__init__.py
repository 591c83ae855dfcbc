"""Feeds: RSS and Atom, read politely."""
