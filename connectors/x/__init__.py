"""X: recent search and our own mentions, heard through tweepy."""
