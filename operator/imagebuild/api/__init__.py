"""What users write and read: the ImageBuild's spec and status, its names and its reasons.

``names``, ``spec``, ``status`` and ``reasons`` are the contract; each of the two models is split by
what its parts are of and gathers them. ``kinds`` are the texts that they are made of. The ``rules``
and their neighbours say what holds over texts, objects and the whole, once for the API server and
the operator; ``checks`` is what only the operator can say, and ``validate`` puts both into words.
``schema`` and ``crd`` make the CustomResourceDefinition of all that.
"""
