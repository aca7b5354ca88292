"""BuildKit at work: what it is given, what it says, where its results go."""
