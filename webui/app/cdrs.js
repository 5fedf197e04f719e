// Call records, newest first, with filters and pages.
import {api} from "./api.js";
import {margin, priceNow} from "./cdr.js";
import {el, KeyedTable} from "./dom.js";
import {duration, none, time} from "./format.js";
import {t} from "./i18n.js";
import {amount, money, mood} from "./money.js";

const moods = {answered: "good", failed: "bad", rejected: "bad"};
const pageSize = 50;

/** What was heard of the caller and of the callee, from 1.0 to 4.5. */
const mos = (cdr) => [cdr.a_mos_x100, cdr.b_mos_x100].map((x100) => (x100 ? (x100 / 100).toFixed(1) : none)).join(" / ");

const sameCurrency = (cdr) => cdr.currency === cdr.cost_currency;

const recordLink = (cdr) => el("a", {class: "button small record", href: `#cdr/${encodeURIComponent(cdr.cdr_id)}`,
	"aria-label": `${t("details")}: ${cdr.caller ?? ""} → ${cdr.callee ?? ""}`}, t("details"));

export class CdrView {
	constructor(app) {
		this.app = app;
		this.before = "";
		this.filter = {callee: "", account: ""};
		this.table = new KeyedTable({
			label: t("cdrs"),
			empty: t("noCdrs"),
			key: (cdr) => cdr.cdr_id,
			columns: [
				{label: t("started"), cell: (cdr) => time(cdr.start_us)},
				{label: t("caller"), cell: (cdr) => cdr.caller || none, class: "number"},
				{label: t("callee"), cell: (cdr) => cdr.callee || none, class: "number"},
				{label: `${t("from")} → ${t("to")}`, cell: (cdr) => `${cdr.src_trunk || none} → ${cdr.dst_trunk || none}`},
				{label: t("account"), cell: (cdr) => cdr.account || none},
				{label: t("result"), cell: (cdr) => el("span", {class: "badge", "data-mood": moods[cdr.disposition] ?? "warn"},
					`${t(`disposition.${cdr.disposition}`, cdr.disposition)} ${cdr.sip_code ?? ""}`.trim())},
				{label: t("duration"), cell: (cdr) => (cdr.answer_us ? duration(cdr.duration_ms) : none), class: "figure"},
				{label: "MOS", cell: (cdr) => (cdr.a_mos_x100 || cdr.b_mos_x100 ? mos(cdr) : none), class: "figure"},
				{label: t("price"), cell: (cdr) => (cdr.currency ? money(priceNow(cdr), cdr.currency) : none), class: "figure"},
				{label: t("cost"), cell: (cdr) => (cdr.cost_currency ? money(cdr.cost, sameCurrency(cdr) ? "" : cdr.cost_currency) : none),
					class: "figure"},
				{label: t("margin"), cell: (cdr) => el("span", {"data-mood": mood(margin(cdr))}, amount(margin(cdr))), class: "figure"},
				{label: "", cell: (cdr) => recordLink(cdr), class: "action"},
			],
		});
		this.older = el("button", {onclick: () => this.turn(this.next)}, t("older"));
		this.newest = el("button", {onclick: () => this.turn("")}, t("newest"));
		this.node = el("section", {}, el("div", {class: "heading"}, el("h2", {}, t("cdrs")), this.form()), this.table.node,
			el("div", {class: "buttons"}, this.newest, this.older));
	}

	form() {
		const callee = el("input", {id: "callee", type: "search", inputmode: "tel", maxlength: 64});
		const account = el("input", {id: "account", type: "search", maxlength: 64});
		const submit = (event) => {
			event.preventDefault();
			this.filter = {callee: callee.value.trim(), account: account.value.trim()};
			this.turn("");
		};
		return el("form", {class: "filter", onsubmit: submit},
			el("label", {for: "callee"}, t("calleeFilter")), callee,
			el("label", {for: "account"}, t("accountFilter")), account,
			el("button", {class: "primary"}, t("show")));
	}

	async turn(before) {
		this.before = before;
		await this.app.refresh();
	}

	/** The newest page follows what happens; an older one stands still. */
	async refresh() {
		const page = await api.cdrs({limit: pageSize, before: this.before, ...this.filter});
		this.next = page.next;
		this.table.update(page.cdrs);
		this.older.disabled = !page.next;
		this.newest.disabled = !this.before;
	}
}
