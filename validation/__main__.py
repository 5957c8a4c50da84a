"""``python -m validation [NAME ...]``: run the studies (or those named) and rewrite docs/validation.md."""

from __future__ import annotations

import re
import sys
import time

from validation.study import REPO, MissingInputError, all_studies, page

PAGE = REPO / "docs" / "validation.md"


def main(wanted: list[str]) -> int:
    """Run, write the page, and return 1 when a check does not hold."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    before = dict(re.findall(r"<!-- study (\S+) -->\n(.*?)<!-- end \1 -->", text, re.DOTALL))
    sections: dict[str, str] = {}
    failed = 0
    for name, function in all_studies():
        if wanted and not any(name.startswith(word) for word in wanted):
            if name in before:
                sections[name] = before[name]
            continue
        start = time.perf_counter()
        try:
            study = function()
        except MissingInputError as missing:
            print(f"{name}: left as it stands, {missing}")
            if name in before:
                sections[name] = before[name]
            continue
        bad = [check for check in study.checks if not check.holds]
        failed += len(bad)
        print(f"{name}: {len(study.checks)} checks, {len(bad)} fail, {time.perf_counter() - start:.1f} s")
        for check in bad:
            print(f"  {check.what}: expected {check.expected}, found {check.found}")
        sections[name] = study.markdown()
    PAGE.write_text(page(sections), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(REPO)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
