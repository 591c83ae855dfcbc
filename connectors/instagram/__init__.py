"""Instagram: comments on our media, and where somebody mentions us."""
