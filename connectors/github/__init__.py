"""GitHub: issues, comments and discussions of our repositories, and a search of all public ones."""
