"""What users write and read: the ImageBuild's spec and status, its names and its reasons.

``names``, ``spec``, ``status`` and ``reasons`` are the contract; ``rules`` and ``validate`` say
what a spec must hold to, ``schema`` and ``crd`` make the CustomResourceDefinition of all that.
"""
