"""What systems that classify by fixations have in common."""
