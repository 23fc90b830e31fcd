"""From a scenario file to a checked draft: read, extended, uncertain numbers lifted out, validated, checked."""
