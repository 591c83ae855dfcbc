"""Stack Exchange: questions with our tags, what is said below them, and what a search finds."""
