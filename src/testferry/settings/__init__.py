"""What the user asked for: options, environment, files, secrets."""
