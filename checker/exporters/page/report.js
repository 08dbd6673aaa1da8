"use strict";
// Every text of a submission reaches the page through textContent, so none of it becomes markup.
const MARKS = { passed: "✓", failed: "✗", skipped: "–", error: "!" };
// A skipped check has no diagnosis: it waits for another, and says for which.
const TOLD = ["failed", "error"];
const byId = (id) => document.getElementById(id);
const table = byId("students");
const body = table.tBodies[0];
const rows = [...body.rows];
const heads = [...table.tHead.rows[0].cells];
const collator = new Intl.Collator(undefined, { numeric: true });

function make(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// Sorting: a click sorts, another turns the order round; equal rows stay as they were.
function sortBy(column) {
  const head = heads[column];
  const first = head.firstElementChild.className === "down" ? "descending" : "ascending";
  const other = first === "ascending" ? "descending" : "ascending";
  const order = head.getAttribute("aria-sort") === first ? other : first;
  const sign = order === "ascending" ? 1 : -1;
  const key = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
  const keyed = rows.map((row) => [key(row), row]);
  keyed.sort((a, b) => sign * collator.compare(a[0], b[0]));
  keyed.forEach(([, row], place) => { rows[place] = row; });
  heads.forEach((cell) => cell.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", order);
  body.append(...rows);
}
heads.forEach((head, column) => head.firstElementChild.addEventListener("click", () => sortBy(column)));

// Filtering.
const find = byId("find");
const only = byId("only");
const haystacks = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
function wanted(row) {
  const [word, step] = only.value.split(" ");
  if (step && !row.dataset.open.split(" ").includes(step)) return false;
  if (word && !step && row.dataset.status !== word) return false;
  return haystacks.get(row).includes(find.value.trim().toLowerCase());
}
function filter() {
  let shown = 0;
  for (const row of rows) {
    row.hidden = !wanted(row);
    shown += row.hidden ? 0 : 1;
  }
  byId("count").textContent = `${shown} of ${rows.length} shown`;
}
find.addEventListener("input", filter);
only.addEventListener("change", filter);
byId("tools").addEventListener("submit", (event) => event.preventDefault());
filter();

// Details: made from the row's data when they are asked for.
const dialog = byId("details");
let current = null;

function checkItem(check) {
  return make("li", check.status,
    make("span", "", MARKS[check.status]),
    make("span", "", check.status),
    make("span", "", check.title, check.hidden ? make("span", "tag", " (hidden)") : null),
    make("span", "points", `${check.score} / ${check.max_score}`),
    TOLD.includes(check.status) ? diagnosis(check) : null,
    check.status === "skipped" && check.problem ? make("p", "waits", check.problem) : null);
}
function diagnosis(check) {
  return make("div", "diagnosis",
    check.problem ? make("b", "", check.problem) : null,
    check.fix ? make("p", "", `Fix: ${check.fix}`) : null,
    check.detail ? make("p", "dim", `Seen: ${check.detail}`) : null,
    check.place ? make("p", "dim", check.place) : null);
}
function listing(code) {
  return make("div", "code", ...code.lines.map((line, index) => {
    const number = code.first + index;
    return make("div", code.marked.includes(number) ? "marked" : "", make("span", "", String(number)), make("span", "", line));
  }));
}
function folded(title, open, node) {
  const details = make("details", "", make("summary", "", title), node);
  details.open = open;
  return details;
}
function stepSection(step) {
  const failed = step.status !== "passed";
  const heading = make("h3", step.status,
    make("span", "", MARKS[step.status]),
    make("span", "", `${step.step} · ${step.title}`),
    step.limit ? make("span", "tag", `limit: ${step.limit}`) : null,
    make("span", "points", `${step.score} of ${step.max_score} points`));
  return make("section", "", heading,
    make("ul", "checks", ...step.checks.map(checkItem)),
    ...step.advice.map((text) => make("p", "tip", text)),
    step.code ? folded("main.py", failed, listing(step.code)) : null,
    step.output.length ? folded("What the file printed", failed, make("pre", "", step.output.join("\n"))) : null);
}
function show(row) {
  const data = JSON.parse(byId(`${row.id}-data`).textContent);
  const title = make("h2", "", data.name);
  title.id = "details-title";
  byId("body").replaceChildren(title,
    make("p", "dim", `${data.score} of ${data.max_score} points`),
    ...data.notes.map((note) => make("p", "", note)),
    ...data.steps.map(stepSection));
  current = row;
  byId("previous").disabled = !neighbour(-1);
  byId("next").disabled = !neighbour(1);
  if (!dialog.open) dialog.showModal();
  byId("body").focus({ preventScroll: true });
  dialog.scrollTop = 0;
}
function neighbour(direction) {
  const shown = rows.filter((row) => !row.hidden);
  const place = shown.indexOf(current);
  return place < 0 ? undefined : shown[place + direction];
}
function go(direction) {
  const row = neighbour(direction);
  if (row) location.replace(`#${row.id}`);
}
function followAddress() {
  const row = rows.find((candidate) => `#${candidate.id}` === location.hash);
  if (row) show(row);
  else if (dialog.open) dialog.close();
}
function leave() {
  history.replaceState(null, "", location.pathname + location.search);
  const link = current && current.querySelector("a");
  current = null;
  if (link) link.focus();
}
window.addEventListener("hashchange", followAddress);
dialog.addEventListener("close", leave);
byId("close").addEventListener("click", () => dialog.close());
byId("print").addEventListener("click", () => window.print());
byId("previous").addEventListener("click", () => go(-1));
byId("next").addEventListener("click", () => go(1));
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
body.addEventListener("click", (event) => {
  const row = event.target.closest("tr");
  if (row && !event.target.closest("a") && !String(getSelection())) location.hash = row.id;
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select")) return;
  if (dialog.open && event.key === "ArrowLeft") go(-1);
  else if (dialog.open && event.key === "ArrowRight") go(1);
  else if (!dialog.open && event.key === "/") { event.preventDefault(); find.focus(); }
});
followAddress();
