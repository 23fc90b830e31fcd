"""Look, frame, shapes and captions of figures."""
