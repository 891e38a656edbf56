"""Runs Keystone's own mapping engine: a case as JSON on each line of stdin, its outcome on each line of stdout.

An outcome is a list of the user name (null if there is none) and the sorted group names, or the name of the exception.
"""

import json
import logging
import sys

import keystone.conf
from keystone.federation import utils

# Huawei's rules name no domain, and Keystone demands one.
DOMAIN = {"id": "default"}


class ListClaim(str):
    """A claim that is a list: Keystone only knows strings, which it splits."""

    def split(self, *_args):
        return list(self.values)


def claim(value):
    """A claim as the engine reads it. Items of a list that are not strings are left out."""
    if not isinstance(value, list):
        return value
    texts = [item for item in value if isinstance(item, str)]
    if value and not texts:
        return None
    result = ListClaim("")
    result.values = texts
    return result


def part(local):
    """A part of a rule, with domains. Keystone does not know the form {"groups": {"name": ...}}."""
    result = dict(local)
    if isinstance(local.get("groups"), dict):
        result["group"] = dict(result.pop("groups"))
    if "group" in result:
        result["group"] = {**result["group"], "domain": DOMAIN}
    if "groups" in result:
        result["domain"] = DOMAIN
    return result


def outcome(case):
    rules = [
        {"local": [part(local) for local in rule["local"]], "remote": rule["remote"]}
        for rule in case["rules"]
    ]
    claims = {name: claim(value) for name, value in case["claims"].items()}
    try:
        mapped = utils.RuleProcessor("mapping", rules).process(claims)
    except Exception as error:  # Whatever it is, nobody is signed in.
        return type(error).__name__
    groups = {json.dumps(group["name"]) for group in mapped["group_names"]}
    return [mapped["user"].get("name"), *(json.loads(name) for name in sorted(groups))]


def main():
    # Keystone's exceptions read its options.
    keystone.conf.configure()
    logging.disable(logging.CRITICAL)
    for line in sys.stdin:
        print(json.dumps(outcome(json.loads(line))))


if __name__ == "__main__":
    main()
