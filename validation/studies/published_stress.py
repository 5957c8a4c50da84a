"""Published and closed-form cases of the stress: clearing, DebtRank, the funding-cut toy, Lucent's figures."""

from __future__ import annotations

from datetime import date

import numpy as np

from exposures.load import load_theme
from exposures.theme import LoopSettings
from models.accounts import Accounts, Revenue, close_accounts
from models.bands import Band
from models.clearing import clear_payments
from models.debtrank import leverage_matrix, linear_debtrank
from models.flow_draws import draw_flows
from models.flows import Flow
from models.network import close_network
from models.network_draws import draw_networks
from models.shock import linear_shock
from validation.study import Check, Study

__all__ = ["STUDIES"]

SEED = 20260429
NETWORKS = 200
DRAWS = 20_000
METHODS = "methods, section {0}"


def _exact(what: str, expected: list[float], found: np.ndarray, source: str, *, digits: int) -> Check:
    rounded = [round(float(v), digits) + 0.0 for v in found]
    return Check(what, str(expected), str(rounded), rounded == expected, source)


def _within(what: str, limit: float, found: float, source: str) -> Check:
    return Check(what, f"at most {limit:g}", f"{found:.2g}", found <= limit, source)


def clearing() -> Study:
    """Three published networks, a linear programme, and default costs against their own iteration."""
    finnetvalu = clear_payments(np.array([[0, 0.1, 0.7], [2, 0, 10.5], [0, 8.4, 0]]), np.ones(3))
    many = clear_payments(np.array([[0.0, 1.0], [1.0, 0.0]]), np.zeros(2))
    notebook = clear_payments(np.array([[0, 2, 9], [7, 0, 9], [3, 1, 0.0]]), np.array([3, 0, 4.0]))
    rng = np.random.default_rng(SEED)
    cases = [_random_liabilities(rng) for _ in range(NETWORKS)]
    checks = (
        _exact(
            "Eisenberg-Noe, three firms (P3)",
            [0.8, 9.5, 8.4],
            finnetvalu.payments,
            "FinNetValu, test_rogers.jl",
            digits=12,
        ),
        _exact(
            "greatest of many clearing vectors (P4)",
            [1.0, 1.0],
            many.payments,
            METHODS.format("7, P4"),
            digits=12,
        ),
        _exact(
            "notebook case, corrected",
            [6.99382716, 2.27160494, 4.0],
            notebook.payments,
            METHODS.format("8: the notebook's own print is not a fixed point"),
            digits=8,
        ),
        _within(
            f"payments against a linear programme, {NETWORKS} networks",
            1e-8,
            max(float(np.abs(clear_payments(L, e).payments - _programme(L, e)).max()) for L, e in cases),
            "scipy.optimize.linprog (HiGHS), maximal total payment",
        ),
        _within(
            f"default costs against iteration from full payment, {NETWORKS} networks",
            1e-8,
            max(_costly_gap(L, e) for L, e in cases),
            "Rogers and Veraart 2013, definition of the map",
        ),
    )
    about = f"Random networks of 2 to 12 firms, seed {SEED}; alpha = beta = 0.8 with default costs."
    return Study("Published: clearing of take-or-pay contracts", about, checks)


def _random_liabilities(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    n = int(rng.integers(2, 13))
    L = rng.gamma(1.0, 5.0, (n, n)) * (rng.random((n, n)) < 0.4)
    np.fill_diagonal(L, 0.0)
    return L, rng.gamma(1.0, 3.0, n)


def _relative(L: np.ndarray) -> np.ndarray:
    owed = L.sum(axis=1, keepdims=True)
    return np.divide(L, owed, out=np.zeros_like(L), where=owed > 0)


def _programme(L: np.ndarray, e: np.ndarray) -> np.ndarray:
    """The clearing vector as the solution of max sum(p), p <= e + Pi'p, 0 <= p <= owed."""
    from scipy.optimize import linprog

    n, owed = len(e), L.sum(axis=1)
    bounds = list(zip(np.zeros(n), owed, strict=True))
    tight = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
    best = linprog(-np.ones(n), A_ub=np.eye(n) - _relative(L).T, b_ub=e, bounds=bounds, options=tight)
    return np.asarray(best.x)


def _costly_gap(L: np.ndarray, e: np.ndarray, recovery: float = 0.8) -> float:
    """Largest difference to the limit of the Rogers-Veraart map from full payment downwards."""
    owed, Pi = L.sum(axis=1), _relative(L)
    p = owed.copy()
    for _ in range(5000):
        means = e + p @ Pi
        p = np.where(means >= owed * (1 - 1e-12), owed, recovery * means)
    found = clear_payments(L, e, asset_recovery=recovery, claim_recovery=recovery)
    return float(np.abs(found.payments - p).max())


def debtrank() -> Study:
    """The unstable exercise of three banks and the closed form while nobody is ruined."""
    liabilities = np.array([[0, 4, 0], [0, 0, 3], [2, 0, 0.0]])
    external, debts = np.array([20.0, 20, 10]), np.array([17.0, 18, 8])
    equity = external + liabilities.sum(axis=0) - liabilities.sum(axis=1) - debts
    shocked = linear_debtrank(leverage_matrix(liabilities.T, equity), 0.1 * external / equity)
    rng = np.random.default_rng(SEED)
    gaps = []
    for _ in range(NETWORKS):
        n = int(rng.integers(1, 15))
        lam, h = rng.random((n, n)) * 0.8 / n, rng.random(n) * 0.05
        gaps.append(float(np.abs(linear_debtrank(lam, h).losses - np.linalg.solve(np.eye(n) - lam, h)).max()))
    source = METHODS.format("8 (P. Barucca's exercise)")
    checks = (
        _exact(
            "equity after a fall of 10% of assets",
            [-1.0, 1.0, 2.0],
            equity - 0.1 * external,
            source,
            digits=9,
        ),
        _exact(
            "spectral radius of the leverage matrix",
            [1.387],
            np.array([shocked.spectral_radius]),
            source,
            digits=3,
        ),
        _exact("losses at the end, unstable", [1.0, 1.0, 1.0], shocked.losses, source, digits=12),
        _within(
            f"losses against (I - Lambda)^-1 h(0), {NETWORKS} networks without ruin",
            1e-10,
            max(gaps),
            "Bardoscia et al. 2015, closed form",
        ),
    )
    about = (
        "The table of 125 banks in the README of NetworkRiskMeasures (P5) is not repeated: its exposures come from R's "
        "random numbers and are in no input of this project; only its printed totals are."
    )
    return Study("Published: equity at risk", about, checks)


def _toy_accounts(status: str, amount: float) -> tuple[Accounts, dict[str, Revenue], list[Flow]]:
    def flow(key: str, payer: str, payee: str, kind: str, value: float, state: str = "closed") -> Flow:
        band = Band(value, value, value)
        return Flow(
            flow_id=key, payer=payer, payee=payee, kind=kind,
            flow_class="financing" if kind in ("equity", "debt") else "commercial", status=state, ledger=band,
            completed=band, stock=None, barred="", is_assumed=False, ids=(key,), source="toy",
            grade="C" if state != "closed" else "A", known_at=date(2026, 1, 1), ends=None, note="",
        )  # fmt: skip

    flows = [
        flow("K01", "NVDA", "LAB", "equity", amount, status),
        flow("C12", "LAB", "ORCL", "cloud_contract", 30),
        flow("C20", "ORCL", "NVDA", "hardware_purchase", 20),
        flow("C10", "LAB", "NVDA", "hardware_purchase", 5),
        flow("zD", "MKT:debt", "ORCL", "debt", 15),
        flow("zE", "MKT:equity", "LAB", "equity", 17),
    ]
    kinds = {
        "NVDA": "listed",
        "ORCL": "listed",
        "LAB": "private",
        "MKT:debt": "market",
        "MKT:equity": "market",
    }
    sold = {"NVDA": 200.0, "ORCL": 80.0, "LAB": 13.0}
    revenue = {node: Revenue(value, "toy", "toy", is_hard=True) for node, value in sold.items()}
    base = close_accounts(flows, case="ledger", variant="base", kinds=kinds, revenue=revenue, raised={})
    return base, revenue, flows


def funding_cut() -> Study:
    """The worked toy of the methods note, and the deal of 50% whose mean flow misleads."""
    C, K = np.zeros((3, 3)), np.zeros((3, 3))
    K[0, 1], C[1, 2], C[2, 0], C[1, 0] = 10, 30, 20, 5
    toy = close_network(
        ["NVDA", "LAB", "ORCL"],
        C,
        K,
        outside_revenue=np.array([175.0, 13, 50]),
        outside_debt=np.array([0.0, 0, 15]),
        outside_equity=np.array([0.0, 17, 0]),
    )
    shock = linear_shock(toy, np.array([0, -8.5, 0]))
    mean_flow, _, mean, median, zero = _half_deal()
    source = METHODS.format("1.4")
    checks = (
        _exact(
            "change of throughflow when half of the lab's equity stops",
            [-2.4391, -8.622, -6.4665],
            shock.throughflow_change,
            source,
            digits=4,
        ),
        _exact(
            "revenue at risk, NVIDIA and Oracle, %",
            [1.2196, 8.0831],
            100 * shock.revenue_at_risk[[0, 2]],
            source,
            digits=4,
        ),
        _exact(
            "deal of 50%: share from the mean flow, %",
            [1.41],
            np.array([mean_flow]),
            METHODS.format("1.6"),
            digits=2,
        ),
        _exact(
            "deal of 50%: mean of the draws, %", [1.11], np.array([mean]), METHODS.format("1.6"), digits=2
        ),
        _exact(
            "deal of 50%: median of the draws, %", [0.0], np.array([median]), METHODS.format("1.6"), digits=2
        ),
        _exact("deal of 50%: P(zero)", [0.5], np.array([zero]), "definition", digits=12),
    )
    about = (
        f"Stake of 20 at 50% in place of 10, {DRAWS} draws, seed {SEED}. The note does not print the spread of the "
        "amount: with 30% the mean is its 1.11%, with none it is 1.13%, with 35% 1.10%."
    )
    return Study("Published: a funding cut and an uncertain deal", about, checks)


def _half_deal() -> tuple[float, float, float, float, float]:
    settings = LoopSettings(
        amount_cv={"A": 0.0, "B": 0.0, "C": 0.3, "S": 0.0, "D": 0.0},
        status_probability={"closed": 1.0, "coin": 0.5},
    )
    made = []
    for state, amount, draws in (("closed", 10.0, 2), ("coin", 20.0, DRAWS)):
        base, revenue, flows = _toy_accounts(state, amount)
        drawn = draw_flows(
            flows, case="ledger", settings=settings, draws=draws, rng=np.random.default_rng(SEED)
        )
        net = draw_networks(base, drawn, revenue=revenue, raised={}, labs=[], funding_cut=0.0, elasticity=1.0)
        j = base.network.nodes.index("NVDA")
        made.append(100 * net.own_financing[:, j] / net.revenue[:, j])
    sure, coin = made
    median = float(np.quantile(coin, 0.5, method="inverted_cdf"))
    return float(sure[0]), float(coin.max()), float(coin.mean()), median, float((coin < 1e-10).mean())


def vendor_finance() -> Study:
    """Lucent's table of customer finance, reserve roll-forward and revenue (P17)."""
    facts = load_theme("multicloud-gpu", as_of=date(2026, 6, 1)).yardstick
    lucent = facts.filter(vendor="Lucent").to_dicts()
    table = {
        (r["measure"], r["state"]): r["value"] for r in lucent if r["period"] == "2000-09-30" and r["is_fact"]
    }
    year = {(r["measure"], r["period"]): r["value"] for r in lucent}
    states = ("drawn", "available", "not_available")
    rows = [
        sum(table[m, s] for s in states) - table[m, "committed"] for m in ("loans", "guarantees", "total")
    ]
    columns = [table["loans", s] + table["guarantees", s] - table["total", s] for s in ("committed", *states)]
    rolled = year["reserve", "FY1999"] + year["provision", "FY2000"] - year["write_offs", "FY2000"]
    change = 100 * (year["revenue", "FY2002"] / year["revenue", "FY2001"] - 1)
    table_source = "Lucent 10-K FY2001; " + METHODS.format("6")
    checks = (
        _exact("rows of the table close", [0.0] * 3, np.array(rows), table_source, digits=9),
        _exact("columns of the table close", [0.0] * 4, np.array(columns), table_source, digits=9),
        _exact(
            "drawn over committed",
            [0.2469],
            np.array([table["total", "drawn"] / table["total", "committed"]]),
            table_source,
            digits=4,
        ),
        _exact(
            "loans drawn over loan commitments",
            [0.194],
            np.array([table["loans", "drawn"] / table["loans", "committed"]]),
            table_source,
            digits=3,
        ),
        _exact(
            "reserve 318 + 252 - 69",
            [year["reserve", "FY2000"]],
            np.array([rolled]),
            "WSJ; " + METHODS.format("6"),
            digits=9,
        ),
        _exact(
            "revenue FY2002 on FY2001, %",
            [-42.1],
            np.array([change]),
            "annual report 2002; " + METHODS.format("6"),
            digits=1,
        ),
    )
    return Study("Published: telecom vendor finance", "Figures of `yardstick.csv`; no draws.", checks)


STUDIES = (clearing, debtrank, funding_cut, vendor_finance)
