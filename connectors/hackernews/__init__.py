"""Hacker News: stories and comments, heard through its public search."""
