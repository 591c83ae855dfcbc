"""Mastodon: heard from one or more servers at once, answered from the one our account lives on."""
