// What a call costs, asked by number, and the tariffs there are.
import {api} from "./api.js";
import {el, KeyedTable, setText} from "./dom.js";
import {errorText} from "./errors.js";
import {none, number, time} from "./format.js";
import {t} from "./i18n.js";
import {money} from "./money.js";
import {phrase} from "./phrases.js";

const tariffsMs = 15000;

const field = (id, attributes) => el("input", {id, maxlength: 64, ...attributes});

/** Local date and time of an input as the API takes it; "" is now. */
function utc(local) {
	return local ? new Date(local).toISOString().slice(0, 19) + "Z" : "";
}

export class RateView {
	constructor(app) {
		this.app = app;
		this.freshUntil = 0;
		this.number = field("number", {type: "search", inputmode: "tel", required: true});
		this.whose = el("select", {id: "whose", "aria-label": t("whosePrice")},
			...["tariff", "account"].map((what) => el("option", {value: what}, t(what))));
		this.name = field("name", {type: "search", required: true, "aria-label": t("name"), list: "tariff-names"});
		this.names = el("datalist", {id: "tariff-names"});
		this.at = field("at", {type: "datetime-local", step: 1});
		this.duration = field("duration", {type: "number", min: 0, max: 2592000, value: 60, required: true});
		this.price = el("p", {class: "value"});
		this.why = el("ol", {class: "why"});
		this.problem = el("p", {class: "problem", role: "alert"});
		this.result = el("div", {class: "result", role: "status", hidden: true}, this.price, this.why);
		this.table = this.tariffTable();
		this.node = el("div", {}, el("section", {class: "card"}, el("h2", {}, t("callCost")), this.form(), this.problem, this.result),
			el("section", {}, el("div", {class: "heading"}, el("h2", {}, t("tariffs"))), this.table.node));
	}

	form() {
		const pair = (id, text, ...inputs) => el("div", {class: "field"}, el("label", {for: id}, text), el("div", {class: "inputs"}, ...inputs));
		return el("form", {class: "fields", onsubmit: (event) => this.submit(event)},
			pair("number", t("number"), this.number), pair("whose", t("whosePrice"), this.whose, this.name, this.names),
			pair("at", t("answeredAt"), this.at), pair("duration", t("durationSeconds"), this.duration),
			el("button", {class: "primary"}, t("ask")));
	}

	tariffTable() {
		return new KeyedTable({
			label: t("tariffs"),
			empty: t("noTariffs"),
			key: (tariff) => tariff.name,
			columns: [
				{label: t("name"), cell: (tariff) => this.chooser(tariff.name), class: "name"},
				{label: t("currency"), cell: (tariff) => tariff.currency},
				{label: t("zone"), cell: (tariff) => tariff.zone},
				{label: t("rounding"), cell: (tariff) => `${t(`rounding.${tariff.rounding}`, tariff.rounding)}, ${tariff.decimals}`},
				{label: t("rateCount"), cell: (tariff) => number(tariff.rates.count) + (tariff.rates.more ? "+" : ""), class: "figure"},
				{label: t("inForce"), cell: (tariff) => (tariff.rates.more ? none : number(tariff.rates.in_force)), class: "figure"},
				{label: t("inForceSince"), cell: (tariff) => time(tariff.rates.since_us)},
				{label: t("nextFrom"), cell: (tariff) => time(tariff.rates.next_us)},
			],
		});
	}

	/** A tariff's name puts it into the question. */
	chooser(name) {
		return el("button", {class: "small", title: t("callCost"), onclick: () => this.choose(name)}, name);
	}

	choose(name) {
		this.whose.value = "tariff";
		this.name.value = name;
		(this.number.value ? this.duration : this.number).focus();
	}

	async submit(event) {
		event.preventDefault();
		const question = {number: this.number.value.trim(), [this.whose.value]: this.name.value.trim(), at: utc(this.at.value),
			duration_s: this.duration.value};
		this.result.hidden = true;
		setText(this.problem, "");
		try {
			this.show(await api.rate(question));
		} catch (error) {
			if (![400, 404, 422].includes(error.status))
				return this.app.run(() => Promise.reject(error));
			setText(this.problem, errorText(error));
		}
	}

	show(quote) {
		setText(this.price, quote.blocked ? t("blocked") : money(quote.price, quote.currency));
		this.price.dataset.mood = quote.blocked ? "bad" : "";
		this.why.replaceChildren(...quote.why.map((line) => el("li", {}, phrase(line))));
		this.result.hidden = false;
	}

	/** Tariffs change seldom, and a long one takes reading. */
	async refresh() {
		if (Date.now() < this.freshUntil)
			return;
		const tariffs = [];
		for (let after = ""; after !== null && tariffs.length < 500;) {
			const page = await api.tariffs({after});
			tariffs.push(...page.tariffs);
			after = page.next;
		}
		this.freshUntil = Date.now() + tariffsMs;
		this.table.update(tariffs);
		if (this.names.children.length !== tariffs.length)
			this.names.replaceChildren(...tariffs.map((tariff) => el("option", {value: tariff.name})));
	}
}
