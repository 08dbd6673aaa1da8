"""The corpus: every right variant passes, every mistake fails first at its check."""

import pytest

from checker.corpus import load_cases
from checker.diagnosis import exceptions, names, syntax, values
from checker.examiner import Assignment, examine
from checker.kata import load_steps
from checker.sandbox import Limits
from checker.workers import Workers

STEPS = load_steps()
ALL_RULES = (syntax.RULES, exceptions.RULES, names.RULES, *values.RULES.values())
CASES = {f"{step.name}: {case.name}": case for step in STEPS for case in load_cases(step)}


@pytest.fixture(scope="module")
def corpus():
    """Judges cases, each once, and notes which rules of the diagnosis fire."""
    workers = Workers()
    workers.expected = len(CASES)
    results = {}
    fired = set()

    def noting(rule):
        def noted(*arguments):
            found = rule(*arguments)
            if found is not None:
                fired.add(rule)
            return found

        return noted

    with pytest.MonkeyPatch.context() as patch:
        for module in (syntax, exceptions, names):
            patch.setattr(module, "RULES", tuple(map(noting, module.RULES)))
        by_name = {about: tuple(map(noting, rules)) for about, rules in values.RULES.items()}
        patch.setattr(values, "RULES", by_name)

        def judge(*keys):
            new = [key for key in keys if key not in results]
            found = []
            assignments = [Assignment(CASES[key].step, CASES[key].source) for key in new]
            if new:
                examine(assignments, STEPS, workers.take, Limits(), 7, found.append)
            results.update(zip(new, found, strict=True))
            return [results[key] for key in keys]

        judge.fired = fired
        yield judge
    workers.close()


@pytest.mark.parametrize("key", CASES)
def test_case(corpus, key):
    """A right program passes; a wrong one fails at its check, with its words, at its line."""
    [result] = corpus(key)
    assert CASES[key].deviations(result) == []


def test_the_corpus_is_large():
    """There are at least 60 right programs and 150 mistakes."""
    right = [case for case in CASES.values() if case.check is None]
    assert len(right) >= 60
    assert len(CASES) - len(right) >= 150


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_check_has_a_mistake(corpus, step):
    """For each check there is a wrong program that this check is the first to fail."""
    mistakes = [case for case in CASES.values() if case.step == step and case.check]
    [result] = corpus(f"{step.name}: {mistakes[0].name}")
    assert {check.id for check in result.checks} == {
        f"{step.name}.{case.check}" for case in mistakes
    }


def test_every_rule_has_a_case(corpus):
    """Each rule of the diagnosis is the one to answer for some mistake."""
    corpus(*CASES)
    silent = [rule for rules in ALL_RULES for rule in rules if rule not in corpus.fired]
    assert [getattr(rule, "pattern", None) or rule.__name__ for rule in silent] == []
