"""Reddit: watched subreddits, search and our own inbox, heard through praw, or through public feeds without a key."""
