"""A learner's whole session in a terminal, from `init` to the closing page and the quiz."""

from checker.kata import SOLUTIONS, load_steps

STEPS = load_steps()


def test_from_init_to_the_closing_page(emulator, tmp_path):
    """A learner works through all steps in `watch`, errs, takes hints, resets, and gets there."""
    made = emulator("init", "mine").wait_for("A fresh workspace is in mine.", "cd mine")
    assert made.end() == 0
    mine = tmp_path / "mine"

    def save(number, edit=lambda text: text):
        step = STEPS[number - 1]
        solution = (SOLUTIONS / step.folder.name / "main.py").read_text("utf-8")
        new = mine / "steps" / step.folder.name / "new"
        new.write_text(edit(solution), "utf-8")
        new.replace(new.with_name("main.py"))

    shown = emulator("watch", cwd=mine, rows=40)
    shown.wait_for("Step 1 · Set up the database URL", "0 of 4 steps done", "○ to do", "q quit")
    shown.press("l").wait_for("Step 1: set up the database URL", "The idea", "b back")

    # The first mistake: two slashes. A hint helps.
    save(1, lambda text: text.replace("///", "//"))
    shown.wait_for("✗ failed", "❱ 6 DATABASE_URL", "Fix", "r run again")
    shown.press("h").wait_for("(1 of 3)").press("h").wait_for("(2 of 3)")
    save(1)
    shown.wait_for("✓ passed · ", STEPS[0].learned[:40], "Press n for step 2", "1 of 4 steps done")

    shown.press("n").wait_for("Step 2 · Create the database instance", "○ to do")
    save(2)
    shown.wait_for("✓ passed · ", "Press n for step 3", "2 of 4 steps done")

    # The second mistake: an await is missing.
    shown.press("n").wait_for("Step 3 · Fetch every user", "○ to do")
    save(3, lambda text: text.replace("return await", "return"))
    shown.wait_for("✗ failed", "handed back a coroutine", "Fix Put await in front of")
    save(3)
    shown.wait_for("✓ passed · ", "Press n for step 4", "3 of 4 steps done")

    # The third: the connection is never closed. The learner begins anew.
    shown.press("n").wait_for("Step 4 · Connect and disconnect", "○ to do")
    save(4, lambda text: text.replace("    await database.disconnect()\n", ""))
    shown.wait_for("✗ failed", "disconnect", "Fix")
    shown.press("x").wait_for("Begin step 4 anew?", "y yes")
    shown.press("y").wait_for("○ to do", "Your file is kept as main.")
    shown.press("i").wait_for("75 %", "passed 1 Set up the database URL (2 of 3 hints used)")
    save(4)
    shown.wait_for("✓ passed · ", "Every step is done: press n.", "4 of 4 steps done")

    shown.press("n").wait_for("All steps are done. Well done!", "python -m checker quiz", "uvicorn")
    assert shown.press("q").end() == 0

    asked = emulator("quiz", "--seed", "1", "--level", "easy", cwd=mine, rows=40)
    asked.wait_for("Answer with 1 to 4").press("1")
    asked.wait_for("Any key for the next question").press("q")
    asked.wait_for("left out")
    asked.end()

    told = emulator("lesson", "closing", cwd=mine, rows=200, env={"PAGER": "cat"})
    told.wait_for("You have built it: what now?", "SQLAlchemy")
    told.end()
    overview = emulator(cwd=mine)
    overview.wait_for("4 of 4 steps done", "2 hints used")
    assert overview.end() == 0
