"""What hack/bench measures."""
