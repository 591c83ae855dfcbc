"""Files of posts: CSV, JSON Lines and JSON, whatever their columns are called."""
