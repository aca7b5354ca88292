"""Why a build failed, in the status of an ImageBuild."""

from pydantic import Field

from imagebuild.api import model, reasons

_MESSAGE = (
    "stage builder step 1 (spec.stages[0].steps[1]): exit code 2: ./main.go:5:19: undefined: "
    "fmt.Printline"
)


class Failure(model.Model):
    """Why the newest build did not succeed, and what to do."""

    reason: str = Field(
        examples=["StepFailed"],
        description="The same word as in the conditions, but while another attempt runs: then it "
        "is of the one before.",
    )
    stage: str | None = Field(
        default=None,
        examples=["builder"],
        description="The stage that failed. Unset where it was none.",
    )
    platform: str | None = Field(
        default=None,
        examples=["linux/arm64"],
        description="The platform on which it failed, as in its row of status.stages. Unset where "
        "there is only one.",
    )
    step: int | None = Field(
        default=None,
        examples=[1],
        description="Index of the failed step in spec.stages[].steps, from 0. Unset where it was "
        "none of these.",
    )
    path: str | None = Field(
        default=None,
        examples=["spec.stages[0].steps[1]"],
        description="Place in this object to look at. Unset where it lies elsewhere.",
    )
    line: int | None = Field(
        default=None,
        examples=[4],
        description="Line in the Dockerfile, from 1. Unset where `stages` are used.",
    )
    exit_code: int | None = Field(
        default=None,
        examples=[2],
        description="Exit code of the failed command. Unset where none failed.",
    )
    message: str = Field(
        examples=[_MESSAGE],
        description="What happened, in the words of whoever refused. Its step is `step`, from 0.",
    )
    mend: str | None = Field(
        default=None,
        examples=[reasons.mend(reasons.Reason.STEP_FAILED)],
        description="What to change. Unset where that is not known.",
    )
    command: str | None = Field(
        default=None,
        examples=["kubectl logs -n team-a job/hello-7-1 -c build"],
        description="A command that shows more; once the pod is gone, the kept log. Unset where "
        "nothing does.",
    )
    log_tail: str | None = Field(
        default=None,
        examples=["./main.go:5:19: undefined: fmt.Printline"],
        description="The last lines that the failed step printed. Unset where it printed none.",
    )
