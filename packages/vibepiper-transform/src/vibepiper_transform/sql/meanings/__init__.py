"""What each dialect means by its words."""
