"""Bluesky: heard through Jetstream, answered through the account's own server."""
