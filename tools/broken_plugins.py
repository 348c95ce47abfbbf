"""Twenty-five plugins as third parties would install them, ten of them broken in ten ways."""

from __future__ import annotations

from vibepiper_testing import PluginSite

HOOK = "from vibepiper import ComponentSpec, hookimpl\n\n\n@hookimpl\ndef vibepiper_components():\n"
SOUND = HOOK + "    return [ComponentSpec('io_manager', '{0}', '{0}:Store', 'It.')]\n"
BLOCKED = "switched-off"
"""The one that the user switches off, by ``VIBEPIPER_DISABLE_PLUGINS``."""

TEN_WAYS = {
    "missing-library": "import a_library_that_is_not_there\n",
    "import-error": "from json import a_name_that_is_not_there\n",
    "syntax-error": "def vibepiper_components(:\n",
    "exits": "import sys\nsys.exit(3)\n",
    "other-core": SOUND.format("other_core"),
    "misspelt-hook": HOOK.replace("vibepiper_components", "vibepiper_component")
    + "    return []\n",
    "hook-arguments": HOOK.replace("components()", "components(no_such)") + "    return []\n",
    "name-taken": SOUND.format("memory"),
    "hook-raises": HOOK + "    raise LookupError('no configuration')\n",
    BLOCKED: SOUND.format("switched_off"),
}
REQUIRES = {
    "missing-library": "a-library-that-is-not-there",
    "other-core": "vibepiper-core>=99",
}
STATES = {
    "missing-library": "missing_library",
    "import-error": "import_error",
    "syntax-error": "syntax_error",
    "exits": "exits",
    "other-core": "wrong_api_version",
    "misspelt-hook": "unknown_hook",
    "hook-arguments": "hook_arguments",
    "name-taken": "name_taken",
    "hook-raises": "hook_raises",
    BLOCKED: "blocked",
}


def install_plugins(site: PluginSite) -> list[str]:
    """Installs all of them; returns the names of the sound ones."""
    for name, source in TEN_WAYS.items():
        site.install(name, source, requires=REQUIRES.get(name, ""))
    sound = [f"sound-{number:02}" for number in range(15)]
    for name in sound:
        site.install(name, SOUND.format(name.replace("-", "_")))
    return sound
