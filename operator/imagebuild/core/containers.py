"""The containers of a build's pod, by name."""

BUILD, BUILDKITD, PROGRESS = "build", "buildkitd", "progress"
