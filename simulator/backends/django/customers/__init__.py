"""A Django app with what a shop knows of its users beside their addresses; drips may ask for it in their rules."""
