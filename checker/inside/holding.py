"""Changes a program so that some of its names keep other values, whatever it gives them.

The program cannot tell that it is held: it runs as any other, only that its own assignments give
another value. This module imports nothing of ours, since the learner's code can find its class.
"""

import ast
from typing import Any

Function = ast.FunctionDef | ast.AsyncFunctionDef
ONLY_TREE = ast.PyCF_ONLY_AST
BLOCKS = ("body", "orelse", "finalbody")


class Holding(ast.NodeTransformer):
    """Holds texts: `held` says which name keeps which text.

    A value that is assigned is replaced by the held text, in the type of what would have been
    assigned; after a statement that binds a name in another way, it is bound once more. Unless
    names may be `declared` global, functions need not be looked into.
    """

    def __init__(self, held: dict[str, str], declared: bool = True) -> None:
        self.held = held
        self.declared = declared

    def visit_Assign(self, node: ast.Assign) -> Any:
        """Replace the value of an assignment."""
        self.generic_visit(node)
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        for name in names:
            if name in self.held:
                node.value = self.kept(name, node.value)
        return self.bound_again(node) if len(names) < len(node.targets) else node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        """Replace the value of an assignment with an annotation."""
        self.generic_visit(node)
        return self.replaced(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> Any:
        """Replace the value of an assignment within an expression."""
        self.generic_visit(node)
        return self.replaced(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        """Bind again what was added to."""
        return self.bound_again(node)

    def visit_Import(self, node: ast.Import) -> Any:
        """Bind again what was imported."""
        return self.bound_again(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        """Bind again what was imported."""
        return self.bound_again(node)

    def visit_For(self, node: ast.For) -> Any:
        """Bind again, at the start of each round, what the loop binds."""
        return self.with_target(node, node.target)

    def visit_With(self, node: ast.With) -> Any:
        """Bind again, inside, what is bound by `as`."""
        targets = [item.optional_vars for item in node.items if item.optional_vars]
        return self.with_target(node, *targets)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        """Go into functions that declare a held name global, and into no others."""
        return self.function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        """Go into functions that declare a held name global, and into no others."""
        return self.function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        """Leave classes alone: their names are their own."""
        return node

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        """Leave functions without a name alone."""
        return node

    def function(self, node: Function) -> Any:
        """A function, held where it binds names of its module."""
        declared = {
            name
            for child in (ast.walk(node) if self.declared else ())
            if isinstance(child, ast.Global)
            for name in child.names
        }
        if declared & self.held.keys():
            self.generic_visit(node)
        return node

    def replaced(self, node: Any) -> Any:
        """An assignment to one target, with its value replaced if the target is held."""
        if node.value and isinstance(node.target, ast.Name) and node.target.id in self.held:
            node.value = self.kept(node.target.id, node.value)
        return node

    def kept(self, name: str, value: ast.expr) -> ast.expr:
        """The held text for `name`, in the type of `value`, which is evaluated first."""
        text = repr(self.held[name])
        keep = f"(lambda v: {text} if type(v).__module__ == 'builtins' else type(v)({text}))"
        function: Any = compile(keep, "held", "eval", ONLY_TREE)
        call = ast.Call(function.body, [value], [])
        for part in ast.walk(function.body):
            ast.copy_location(part, value)
        return ast.copy_location(call, value)

    def with_target(self, node: Any, *targets: ast.expr) -> Any:
        """A statement with a block, in which what the targets bind is bound again at once."""
        self.generic_visit(node)
        node.body = [*self.bindings(node, *targets), *node.body]
        return node

    def bound_again(self, node: ast.stmt) -> Any:
        """A statement, and after it what it binds once more."""
        return [node, *self.bindings(node, node)]

    def bindings(self, place: ast.stmt, *binding: ast.AST) -> list[ast.stmt]:
        """Assignments of the held texts to the held names that something binds."""
        nodes = [child for part in binding for child in ast.walk(part)]
        stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        stored |= {n.asname or n.name for n in nodes if isinstance(n, ast.alias)}
        return [
            ast.fix_missing_locations(
                ast.copy_location(
                    ast.Assign([ast.Name(name, ast.Store())], ast.Constant(self.held[name])), place
                )
            )
            for name in self.held
            if name in stored
        ]
