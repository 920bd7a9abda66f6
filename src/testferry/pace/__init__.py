"""How fast requests may leave, and what is shared of that."""
