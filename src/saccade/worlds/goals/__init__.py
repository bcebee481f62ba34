"""Goals in a game: what is to be reached, and whether it is."""
