module imagebuild.dev/testbed/pause

go 1.26.0
