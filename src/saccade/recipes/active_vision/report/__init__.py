"""The parts of a page of fixations."""
