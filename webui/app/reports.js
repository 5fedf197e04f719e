// What came of the calls of some days: by day, account or trunk, with its sums, and as a file.
import {api, apiLink} from "./api.js";
import {el, KeyedTable, setText} from "./dom.js";
import {errorText} from "./errors.js";
import {duration, none, number} from "./format.js";
import {t} from "./i18n.js";
import {amount, mood, nanoOf, textOf} from "./money.js";

const kinds = ["day", "account", "trunk", "source"];
const reportMs = 30000;

/** A day as the API takes it, some days from today (UTC). */
function day(offset) {
	return new Date(Date.now() + offset * 86400000).toISOString().slice(0, 10);
}

const figure = (value, digits = 0) => (value === null || value === undefined ? "" : number(value, digits));

/** What all rows come to, a line for each currency. */
function sums(rows) {
	const totals = new Map();
	for (const row of rows.filter(({currency}) => currency)) {
		const total = totals.get(row.currency) ?? {price: 0n, margin: 0n};
		total.price += nanoOf(row.price ?? "0") ?? 0n;
		// unknown where the carrier is paid in another currency: then there is no sum
		total.margin = row.margin === null || total.margin === null ? null : total.margin + (nanoOf(row.margin) ?? 0n);
		totals.set(row.currency, total);
	}
	return [...totals].map(([currency, total]) => ({currency, price: textOf(total.price), margin: total.margin === null ? null : textOf(total.margin)}));
}

export class ReportView {
	constructor(app) {
		this.app = app;
		this.freshUntil = 0;
		this.by = el("select", {id: "by"}, ...kinds.map((kind) => el("option", {value: kind}, t(`by.${kind}`))));
		this.from = el("input", {id: "from", type: "date", value: day(-30), required: true});
		this.to = el("input", {id: "to", type: "date", value: day(0), required: true});
		this.csv = el("a", {class: "button file", download: ""}, t("csv"));
		this.problem = el("p", {class: "problem", role: "alert"});
		this.tiles = el("section", {class: "tiles", "aria-label": t("sum")});
		this.table = new KeyedTable({
			label: t("reports"),
			empty: t("noReport"),
			key: (row) => JSON.stringify([row.name, row.currency, row.cost_currency]),
			columns: [
				{label: t("name"), cell: (row) => row.name || none, class: "name"},
				{label: t("attempts"), cell: (row) => figure(row.attempts), class: "figure"},
				{label: t("answered"), cell: (row) => figure(row.answered), class: "figure"},
				{label: "ASR", cell: (row) => (row.asr_percent === null ? "" : `${number(row.asr_percent, 1)} %`), class: "figure"},
				{label: "NER", cell: (row) => (row.ner_percent === null ? "" : `${number(row.ner_percent, 1)} %`), class: "figure"},
				{label: "ACD", cell: (row) => (row.acd_s === null ? "" : duration(row.acd_s * 1000)), class: "figure"},
				{label: t("minutes"), cell: (row) => figure(row.minutes, 1), class: "figure"},
				{label: t("billedMinutes"), cell: (row) => figure(row.billed_minutes, 1), class: "figure"},
				{label: t("revenue"), cell: (row) => amount(row.price), class: "figure"},
				{label: t("currency"), cell: (row) => row.currency ?? none},
				{label: t("cost"), cell: (row) => amount(row.cost), class: "figure"},
				{label: t("costCurrency"), cell: (row) => row.cost_currency ?? none},
				{label: t("margin"), cell: (row) => el("span", {"data-mood": mood(row.margin)}, amount(row.margin)), class: "figure"},
			],
		});
		this.node = el("div", {},
			el("section", {}, el("div", {class: "heading"}, el("h2", {}, t("reports")), this.form()), this.problem, this.tiles, this.table.node));
	}

	form() {
		const submit = (event) => {
			event.preventDefault();
			this.freshUntil = 0;
			this.app.refresh();
		};
		return el("form", {class: "filter", onsubmit: submit},
			el("label", {for: "by"}, t("by")), this.by, el("label", {for: "from"}, t("dayFrom")), this.from,
			el("label", {for: "to"}, t("dayTo")), this.to, el("button", {class: "primary"}, t("show")), this.csv);
	}

	/** Only now and then: a report of many days takes reading. */
	async refresh() {
		if (Date.now() < this.freshUntil)
			return;
		const question = {by: this.by.value, from: this.from.value, to: this.to.value};
		setText(this.problem, "");
		this.freshUntil = Date.now() + reportMs;
		try {
			this.show((await api.report(question)).rows);
			this.csv.href = apiLink("report", {...question, format: "csv"});
		} catch (error) {
			if (![400, 422].includes(error.status))
				throw error;
			setText(this.problem, errorText(error));
			this.show([]);
		}
	}

	show(rows) {
		this.table.update(rows);
		this.tiles.replaceChildren(...sums(rows).map(({currency, price, margin}) => el("div", {class: "tile"},
			el("h2", {}, `${t("revenue")} (${currency})`), el("p", {class: "value money"}, amount(price)),
			el("p", {class: "note"}, `${t("margin")}: ${amount(margin)}`))));
	}
}
