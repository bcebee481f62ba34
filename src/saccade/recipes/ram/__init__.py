"""RAM: recurrent models of visual attention."""
