"""Anything that can post: reviews, tickets, surveys, any other system, signed."""
