"""Part of Earshot."""

PART_OF = "earshot"
