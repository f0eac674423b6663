# A marimo notebook: `uv run marimo edit notebooks/explore.py` (or `run` to read it as a page).
# It opens the published file as any analyst would; KARAKORAM_HOME says where, ./data by default.
import marimo

app = marimo.App(width="medium", app_title="Karakoram")


@app.cell
def _():
    import os
    from pathlib import Path

    import altair as alt
    import duckdb
    import marimo as mo

    file = (Path(os.environ.get("KARAKORAM_HOME", "data")) / "karakoram.duckdb").resolve()
    warehouse = duckdb.connect(str(file), read_only=True)

    def rows(sql, **given):
        """Rows as dictionaries; `$name` in the query takes a keyword."""
        result = warehouse.execute(sql, given or None)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    return alt, file, mo, rows, warehouse


@app.cell
def _(file, mo, rows):
    facts = {row["fact"]: row["value"] for row in rows("select fact, value from marts.publication")}
    mo.md(f"# Two countries, two books\n\n`{file.name}`, figures as known on {facts['reference_date']}.")
    return (facts,)


@app.cell
def _(mo, rows):
    pairs = [f"{row['home_iso3']}-{row['partner_iso3']}" for row in rows("select * from seeds.dyads")]
    pair = mo.ui.dropdown(pairs, value=pairs[0], label="Pair")
    pair
    return (pair,)


@app.cell
def _(alt, mo, pair, rows):
    home, partner = pair.value.split("-")
    balance = rows(
        """select period, view, balance_usd / 1e9 as billion from marts.trade_balance
           where home_iso3 = $home and partner_iso3 = $partner and basis = 'customs' and frequency = 'A'
               and view in ('home_reported', 'partner_reported') and balance_usd is not null
           order by period, view""",
        home=home,
        partner=partner,
    )
    chart = (
        alt.Chart(alt.InlineData(values=balance), title=f"Balance of goods trade, {pair.value}, USD billion, customs")
        .mark_line(point=True)
        .encode(
            x=alt.X("period:O", title=None), y=alt.Y("billion:Q", title=None), color=alt.Color("view:N", title=None)
        )
        .properties(width=640)
    )
    mo.vstack([chart, mo.ui.table(balance)])
    return balance, chart


@app.cell
def _(mo, pair, rows):
    flags = rows(
        """select subject, rule_id, state, certainty, value, limit_value, unit, period, source_title
           from marts.threshold_status
           where is_latest and state in ('breach', 'watch') and subject in ($pair, $home)
           order by state, subject, rule_id""",
        pair=pair.value,
        home=pair.value.split("-")[0],
    )
    mo.vstack([mo.md("## What is flagged"), mo.ui.table(flags)])
    return (flags,)


@app.cell
def _(mo, rows):
    questions = rows("select question_id, question, sql from marts.example_questions")
    question = mo.ui.dropdown({row["question"]: row["sql"] for row in questions}, value=questions[0]["question"])
    mo.vstack([mo.md("## Ask"), question])
    return question, questions


@app.cell
def _(mo, question, rows):
    answer = rows(question.value)
    mo.vstack([mo.md(f"```sql\n{question.value}\n```"), mo.ui.table(answer)])
    return (answer,)


if __name__ == "__main__":
    app.run()
