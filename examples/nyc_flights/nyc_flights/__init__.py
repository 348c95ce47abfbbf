"""Every flight that left New York City in 2013, as a VibePiper project."""
