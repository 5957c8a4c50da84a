from __future__ import annotations

import polars as pl
import pytest

from exposures import ExposureMap, additive_deals, group_of, incomplete_deals, superseded_deals


def test_additive_deals_leave_out_what_never_sums(gpu: ExposureMap) -> None:
    ids = set(additive_deals(gpu)["deal_id"])
    assert {"D003", "D005", "D013", "D017"} <= ids
    left_out = {
        "D001": "letter of intent",
        "D007": "no money",
        "D030": "guarantee",
        "D061": "overlap",
        "D087": "stock",
    }
    assert ids & set(left_out) == set()
    assert set(additive_deals(gpu)["flow_class"]) == {"commercial", "financing"}


def test_one_class_at_a_time(gpu: ExposureMap) -> None:
    assert set(additive_deals(gpu, flow_class="contingent")["kind"]) == {"backstop", "warrants"}
    both = (
        additive_deals(gpu, flow_class="commercial").height
        + additive_deals(gpu, flow_class="financing").height
    )
    assert additive_deals(gpu).height == both
    with pytest.raises(ValueError, match="flow_class 'cash'"):
        additive_deals(gpu, flow_class="cash")


def test_openai_round_is_counted_once(gpu: ExposureMap) -> None:
    """The 122bn round is shown; its parts sum to 87: 122 less Amazon's conditional 35."""
    members = ("D003", "D004", "D008", "D111")
    parts = additive_deals(gpu).filter(pl.col("deal_id").is_in(members))
    assert parts["amount_base"].sum() == 87
    assert "D100" not in additive_deals(gpu)["deal_id"]


def test_superseded_deals_are_visible(gpu: ExposureMap) -> None:
    assert dict(superseded_deals(gpu).select("deal_id", "superseded_by").iter_rows()) == {
        "D001": "D003",
        "D122": "D121",
    }


def test_incomplete_deals_lack_an_amount_or_a_term(gpu: ExposureMap) -> None:
    rows = incomplete_deals(gpu)
    assert {"D013", "D014", "D025", "D093"} <= set(rows["deal_id"])
    assert {"D003", "D017", "D049", "D091"} & set(rows["deal_id"]) == set()


def test_groups_of_companies(gpu: ExposureMap) -> None:
    groups = group_of(gpu)
    assert groups["6669.TW"] == "3231.TW"
    assert groups["NVDA"] == "NVDA"
