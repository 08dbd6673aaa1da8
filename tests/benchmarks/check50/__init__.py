"""Step 3's first questions as check50 asks them: for comparison in `steps.py` only."""

import check50
import check50.py


@check50.check()
def exists():
    """main.py exists."""
    check50.exists("main.py")


@check50.check(exists)
def rows():
    """fetch_users returns every row."""
    import asyncio
    import sqlite3

    with sqlite3.connect("test.db") as connection:
        connection.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")
        connection.executemany("INSERT INTO users VALUES (?, ?)", [(n, "x") for n in range(30)])
    main = check50.py.import_("main.py")
    found = asyncio.run(main.fetch_users())
    if len(found) != 30:
        raise check50.Failure("not every row")
