"""Part of Earshot."""
