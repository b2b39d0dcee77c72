"""Imports run one way, so that each layer can be understood without those above it."""

import ast
from pathlib import Path

import pytest

import mentorship_cms

PACKAGE = Path(mentorship_cms.__file__).parent

#: Lowest first. A module may import its own layer and those before it.
LAYERS = [
    {"conf", "choices", "structures", "starter"},
    {"blocks", "history", "records", "differences", "progress", "rendering", "feeds"},
    {"models", "migrations"},
    {"permissions"},
    {"services", "search", "checks", "templatetags"},
    {"forms"},
    {"admin", "views", "urls", "signal_handlers", "localize", "management"},
    {"wagtail_hooks", "apps", ""},
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}

#: Modules that nothing may import but the one that owns them.
ONLY_IMPORTER = {
    "wagtail_modeladmin": "admin/registers.py",
    "wagtail_localize": "localize.py",
}

MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


def subject(module: Path) -> str:
    """The layer's name of a module: its first part below the package."""
    return module.parts[0].removesuffix(".py").removesuffix("__init__")


def imports(module: Path):
    """Every module that ``module`` imports, by its full name; also inside functions."""
    package = ("mentorship_cms", *module.parts[:-1])
    for node in ast.walk(ast.parse((PACKAGE / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            name = ".".join([*base, *([node.module] if node.module else [])])
            if node.module:
                yield name
            else:
                yield from (f"{name}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_imports_no_higher_layer(module):
    rank = RANK[subject(module)]
    for name in imports(module):
        parts = name.split(".")
        assert parts[0] not in ("intranet", "tests", "bench"), name
        if parts[0] == "mentorship_cms" and len(parts) > 1 and parts[1] in RANK:
            assert RANK[parts[1]] <= rank, f"{module} imports {name}"
        owner = ONLY_IMPORTER.get(parts[0])
        assert owner is None or module.as_posix() == owner, f"{module} imports {name}"


def test_hooks_only_register():
    assert len((PACKAGE / "wagtail_hooks.py").read_text().splitlines()) < 40


def test_site_is_a_plain_folder():
    assert not (PACKAGE.parent / "site" / "__init__.py").exists()
