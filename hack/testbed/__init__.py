"""The testbed: a real kind cluster for the tests and the demo, from pulled or from made images.

Standard library only: it runs before any virtual environment exists.
"""
