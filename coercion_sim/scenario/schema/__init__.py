"""The scenario file as tables: their models, uncertain numbers, and the JSON Schema of both."""
