"""The demo goes as the guide says; and where a rule is chosen otherwise, it notices."""

from __future__ import annotations

import io

from mockplatforms.server import demo


def test_a_whole_rehearsal_goes_as_the_guide_says() -> None:
    out = io.StringIO()

    assert demo.run([], out=out) == 0, out.getvalue()

    told = out.getvalue()
    assert all(f" V{n}: " in told for n in range(1, 15))
    assert "signature verified" in told


def test_a_step_that_goes_otherwise_ends_it() -> None:
    out = io.StringIO()

    assert demo.run(["--setting", "modify_after_merge=lenient"], out=out) == 1
    assert "V13 did not go as the guide says" in out.getvalue()


def test_an_unknown_setting_is_told() -> None:
    assert demo.run(["--setting", "no_such=1"], out=io.StringIO()) == 2
