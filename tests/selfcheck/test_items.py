"""Which tests ``--harness-selfcheck`` makes out of a project's own."""

from __future__ import annotations

from tests.plugin.conftest import Project, Refused

CLASSES = """
@pytest.fixture(params=["small", "large"])
def size(request):
    return request.param

@pytest.fixture(params=[1, 2])
def unrelated(request):
    raise RuntimeError("nobody asked for it")

@harness_target(variants={"short": None, "long": "long"}, only="codex", xfail={"*": "known"})
def sized(size):
    return target(objective=f"Greet the {size} ones.")

@pytest.mark.xfail(strict=True, reason="of the test alone")
def test_one(sized, unrelated):
    raise RuntimeError("it is not to run")

def test_two(sized):
    raise RuntimeError("it is not to run")

class TestInside:
    @pytest.fixture(autouse=True)
    def prepare(self):
        self.prepared = True

    def setup_method(self):
        self.set_up = True

    @harness_target
    def own(self):
        assert self.prepared and self.set_up
        return target()

    def test_three(self, own):
        raise RuntimeError("it is not to run")

def test_without_a_target():
    raise RuntimeError("it is not to run")
"""

FAST = ("-k", "golden or noop")


def names(project: Project, *arguments: str) -> list[str]:
    result = project.run("--harness-selfcheck", "--collect-only", "-q", *arguments)
    return [line for line in result.stdout.lines if "::" in line]


def test_one_test_for_each_target_and_oracle(project: Project) -> None:
    assert names(project) == [
        f"test_it.py::greeting[{oracle}]" for oracle in ("golden", "noop", "cheat")
    ]


def test_variants_parameters_and_classes_each_have_their_own(project: Project) -> None:
    (project.path / "long").mkdir()
    project.write(CLASSES)
    found = names(project)
    assert sorted(found) == sorted(
        [
            f"test_it.py::sized[{variant}-size={size}-{oracle}]"
            for variant in ("short", "long")
            for size in ("small", "large")
            for oracle in ("golden", "noop", "cheat")
        ]
        + [f"test_it.py::TestInside::own[{oracle}]" for oracle in ("golden", "noop", "cheat")]
    )


def test_they_run_in_place_of_the_users_tests(project: Project, mode: tuple[str, ...]) -> None:
    (project.path / "long").mkdir()
    project.write(CLASSES)
    result = project.run("--harness-selfcheck", *FAST, *mode)
    result.assert_outcomes(passed=10)


def test_a_target_of_a_conftest_is_examined_once(project: Project) -> None:
    text = project.write().read_text()
    declaration, _, tests = text.partition("def test_improves")
    (project.path / "conftest.py").write_text(declaration)
    for name in ("a", "b"):
        (project.path / f"test_{name}.py").write_text(f"def test_improves{tests}")
    (project.path / "test_it.py").unlink()
    assert names(project) == [
        f"test_a.py::greeting[{oracle}]" for oracle in ("golden", "noop", "cheat")
    ]


def test_one_can_be_asked_for_by_its_name(project: Project) -> None:
    result = project.run("--harness-selfcheck", "test_it.py::greeting[golden]")
    result.assert_outcomes(passed=1)


def test_other_options_that_name_backends_contradict_it(project: Project, refused: Refused) -> None:
    refused(
        project.run("--harness-selfcheck", "--harness-backend=codex"),
        "--harness-selfcheck runs the oracles golden, noop, cheat and --harness-backend",
    )


def test_it_is_no_fall_back_to_the_backend_fake(project: Project) -> None:
    (project.path / "pytest.ini").write_text("[pytest]\nharness_require_real = true\n")
    project.run("--harness-selfcheck", *FAST).assert_outcomes(passed=2)
