"""Reading metadata: YAML with positions, the JSON Schema check, the project file."""
