"""``python -m imagebuild.cli.preflight``: where builds can run, and what is missing, by name.

Each module looks at one thing and answers with findings: ``nodes`` at what Node objects say,
``probe`` at what a pod finds on a node, ``admission`` at what a namespace lets in, ``network`` at
whether NetworkPolicies hold.
"""
