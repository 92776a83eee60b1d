"""Shapes of JSON values, checked to the last member: what a provider would refuse is refused here.

A shape is a function of (value, path) that raises Bad. `obj` and friends make shapes of shapes; each provider says a Bad
in its own words.
"""


class Bad(Exception):
    """kind: "missing", "unknown", "type" or "value"; `path`: names and indices; `words`: what is wanted."""

    def __init__(self, kind, path, words=""):
        super().__init__(f"{kind} {'.'.join(map(str, path))} {words}")
        self.kind, self.path, self.words = kind, path, words

    def dotted(self):
        return ".".join(map(str, self.path))

    def bracketed(self):
        """messages[0].content"""
        text = ""
        for part in self.path:
            text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
        return text


def anything(value, path):
    del value, path


def text(least=0, most=None):
    def check(value, path):
        if not isinstance(value, str):
            raise Bad("type", path, "a string")
        if len(value) < least or (most is not None and len(value) > most):
            raise Bad("value", path, f"a string of {least} to {most} characters")

    return check


def flag(value, path):
    if not isinstance(value, bool):
        raise Bad("type", path, "a boolean")


def number(low=None, high=None):
    def check(value, path):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Bad("type", path, "a number")
        if (low is not None and value < low) or (high is not None and value > high):
            raise Bad("value", path, f"a number from {low} to {high}")

    return check


def integer(low=None, high=None):
    within = number(low, high)

    def check(value, path):
        if isinstance(value, bool) or not isinstance(value, int):
            raise Bad("type", path, "an integer")
        within(value, path)

    return check


def choice(*values):
    def check(value, path):
        if not isinstance(value, str) or value not in values:
            raise Bad("value", path, "one of " + ", ".join(values))

    return check


def constant(wanted):
    def check(value, path):
        if value is not wanted:
            raise Bad("value", path, repr(wanted))

    return check


def array(item, least=0, most=None):
    def check(value, path):
        if not isinstance(value, list):
            raise Bad("type", path, "an array")
        if len(value) < least or (most is not None and len(value) > most):
            raise Bad(
                "value", path, f"an array of at least {least} elements" if len(value) < least else f"at most {most}"
            )
        for index, element in enumerate(value):
            item(element, (*path, index))

    return check


def obj(required=None, optional=None, is_open=False):
    """Members that must be there, members that may; others are refused unless it is open."""
    required, optional = required or {}, optional or {}
    known = required | optional

    def check(value, path):
        if not isinstance(value, dict):
            raise Bad("type", path, "an object")
        for name in required:
            if name not in value:
                raise Bad("missing", (*path, name))
        for name, member in value.items():
            if name in known:
                known[name](member, (*path, name))
            elif not is_open:
                raise Bad("unknown", (*path, name))

    return check


def optional(shape):
    """Or null."""

    def check(value, path):
        if value is not None:
            shape(value, path)

    return check


def tagged(tag, table, fallback=None):
    """An object whose member `tag` says which shape it has."""

    def check(value, path):
        if not isinstance(value, dict):
            raise Bad("type", path, "an object")
        kind = value.get(tag, fallback)
        if kind is None:
            raise Bad("missing", (*path, tag))
        if not isinstance(kind, str) or kind not in table:
            raise Bad("value", (*path, tag), "one of " + ", ".join(table))
        table[kind](value, path)

    return check


def keyed(table):
    """An object of exactly one member, whose name says what it is: Bedrock's blocks."""

    def check(value, path):
        if not isinstance(value, dict):
            raise Bad("type", path, "an object")
        if len(value) != 1:
            raise Bad("value", path, "exactly one of " + ", ".join(table))
        ((name, member),) = value.items()
        if name not in table:
            raise Bad("unknown", (*path, name))
        table[name](member, (*path, name))

    return check


def either(is_first, first, second):
    """`first` for values of the type `is_first`, else `second`."""

    def check(value, path):
        (first if isinstance(value, is_first) else second)(value, path)

    return check


schema_object = obj(optional={"type": choice("object")}, is_open=True)
