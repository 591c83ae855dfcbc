"""Discourse: every new post of a forum, or what its search finds."""
