// Call records, newest first, with filters and pages.
import {api} from "./api.js";
import {el, KeyedTable, showDetails} from "./dom.js";
import {duration, none, time} from "./format.js";
import {t} from "./i18n.js";
import {ladderLink} from "./ladder.js";

const moods = {answered: "good", failed: "bad", rejected: "bad"};
const times = ["start_us", "ring_us", "answer_us", "end_us"];
const pageSize = 50;

/** What was heard of the caller and of the callee, from 1.0 to 4.5. */
const mos = (cdr) => [cdr.a_mos_x100, cdr.b_mos_x100].map((x100) => (x100 ? (x100 / 100).toFixed(1) : none)).join(" / ");

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
				{label: t("from"), cell: (cdr) => cdr.src_trunk || none},
				{label: t("to"), cell: (cdr) => cdr.dst_trunk || none},
				{label: t("account"), cell: (cdr) => cdr.account || none},
				{label: t("result"), cell: (cdr) => el("span", {class: "badge", "data-mood": moods[cdr.disposition] ?? "warn"},
					t(`disposition.${cdr.disposition}`, cdr.disposition))},
				{label: "SIP", cell: (cdr) => String(cdr.sip_code ?? none), class: "figure"},
				{label: t("duration"), cell: (cdr) => (cdr.answer_us ? duration(cdr.duration_ms) : none), class: "figure"},
				{label: "MOS", cell: (cdr) => (cdr.a_mos_x100 || cdr.b_mos_x100 ? mos(cdr) : none), class: "figure"},
				{label: t("price"), cell: (cdr) => (cdr.currency ? `${cdr.price} ${cdr.currency}` : none), class: "figure"},
				{label: "", cell: (cdr) => ladderLink(cdr.cdr_id, cdr), class: "action"},
				{label: "", cell: (cdr) => this.detailsButton(cdr), class: "action"},
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

	detailsButton(cdr) {
		const pairs = Object.entries(cdr).filter(([, value]) => value !== null).map(([name, value]) => [name, this.detail(name, value)]);
		return el("button", {class: "small", "aria-label": `${t("details")}: ${cdr.caller ?? ""} → ${cdr.callee ?? ""}`,
			onclick: () => showDetails(t("record"), pairs, t("close"))}, t("details"));
	}

	detail(name, value) {
		if (times.includes(name))
			return `${time(value)} (${value})`;
		return typeof value === "object" ? JSON.stringify(value, null, 1) : String(value);
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
