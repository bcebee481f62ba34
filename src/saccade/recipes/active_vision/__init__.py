"""active_vision."""
