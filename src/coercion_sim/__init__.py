"""coercion_sim."""
