"""GRLF: classifying by moving the eye."""
