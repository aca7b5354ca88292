"""Questions that are asked beside everything else."""

import threading

from imagebuild.worker.beside import Beside


def test_an_answer_is_there_as_soon_as_it_is_given() -> None:
    assert Beside(lambda: 3).wait(30) == 3


def test_a_question_that_fails_has_no_answer() -> None:
    def fail() -> int:
        raise ZeroDivisionError

    assert Beside(fail).wait(30) is None


def test_nobody_waits_longer_than_said() -> None:
    given = threading.Event()
    question = Beside(lambda: given.wait(30))
    assert question.wait(0.01) is None
    given.set()
    assert question.wait(30) is True
