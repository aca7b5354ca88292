"""The smallest order there is, for tests of the worker."""

from imagebuild.contract.order import Dockerfile, Order, Target

ORDER = Order(
    namespace="n",
    name="n",
    number=1,
    attempt=1,
    dockerfile=Dockerfile(text="FROM scratch\n"),
    targets=(Target(),),
    timeout_seconds=30,
)
