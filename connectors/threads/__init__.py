"""Threads: replies and mentions as they are posted to us, and keyword search."""
