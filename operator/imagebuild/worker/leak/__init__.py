"""The leak guard: whether what is to be published holds a secret that the build was given."""
