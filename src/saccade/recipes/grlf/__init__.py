"""grlf."""
