"""Building worlds from data; internal to `coercion_sim.world`, whose `build_world` leads here."""
