"""Telling the team in Slack: by bot token (posts, threads, edits) or by incoming webhook (posts)."""
